/**
 * What a command writes: standard output and error, JSON, figures of tables, text files and progress; and the fault that ends one.
 */
package dev.gatun.cli.output;

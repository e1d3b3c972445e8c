/**
 * The operators of the command line by name, and their options.
 */
package dev.gatun.cli.operator;

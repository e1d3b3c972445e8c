/**
 * The command line: one class a command under {@link dev.gatun.cli.Main}, which turns whatever ends a command into its exit status
 * and at most one line on standard error. What commands read, compute with and write is in the packages below.
 */
package dev.gatun.cli;

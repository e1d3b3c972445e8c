/**
 * The command line: one class a command under {@link dev.gatun.cli.Main}, which turns whatever ends a command into its
 * exit status and at most one line on standard error.
 */
package dev.gatun.cli;

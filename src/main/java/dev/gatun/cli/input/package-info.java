/**
 * What a command reads: the tensors and models that its arguments name, marginals, the options of scores, and the heads in runs.
 */
package dev.gatun.cli.input;

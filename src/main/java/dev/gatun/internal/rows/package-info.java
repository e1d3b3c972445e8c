/** What machines that share the rows of one kernel send each other. */
package dev.gatun.internal.rows;

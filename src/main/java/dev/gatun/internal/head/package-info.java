/** The scores of one head: its log-kernels, biases, potentials, and its entries in strips and as scaled exponentials. */
package dev.gatun.internal.head;

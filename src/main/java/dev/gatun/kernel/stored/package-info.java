/** Where stored rows lie in the caller's memory, and how rows are written there. */
package dev.gatun.kernel.stored;

/**
 * Keys and values of many sequences in pages: where a token lies, checked copies of the lengths and pages of a call, and the writing of new
 * tokens.
 */
package dev.gatun.internal.cache;

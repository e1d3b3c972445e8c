/** Views of memory, the checks at the door of the API, and the keyhole through which packages above the API see what is behind it. */
package dev.gatun.internal.view;

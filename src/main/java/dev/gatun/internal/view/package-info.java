/**
 * Views of memory and the checks of arguments.
 *
 * <p>{@link dev.gatun.internal.view.View} and {@link dev.gatun.internal.view.TensorView} locate entries in memory segments, and hold
 * the rules for grouped and broadcast heads. {@link dev.gatun.internal.view.Checks} checks the arguments of the API.
 * {@link dev.gatun.internal.view.Keyhole} gives other packages access to the implementation of a public type.
 */
package dev.gatun.internal.view;

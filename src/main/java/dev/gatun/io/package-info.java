/**
 * Tensors in files: NumPy {@code .npy} and {@code .npz}, and {@code .safetensors}, memory-mapped where the file already holds float32
 * rows in the native byte order, converted into the caller's arena where it does not.
 *
 * <p>Files are not trusted: every size a header claims is compared with the file before anything is allocated or
 * mapped, and every fault is a {@link dev.gatun.io.TensorFileException} whose message is one line naming the file and
 * the fault. A mapped tensor is only as stable as its file: a file that another process shortens while it is mapped
 * makes accesses fail with an {@link java.lang.InternalError}.
 */
package dev.gatun.io;

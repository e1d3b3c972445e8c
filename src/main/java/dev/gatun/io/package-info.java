/**
 * Tensors in files: NumPy {@code .npy} and {@code .npz} archives, and {@code .safetensors}.
 *
 * <p>{@link dev.gatun.io.Npy}, {@link dev.gatun.io.Npz} and {@link dev.gatun.io.SafeTensors} read float32 tensors of shape
 * {@code (N, d)}, {@code (H, N, d)} or {@code (B, H, N, d)} as {@link dev.gatun.Heads}. A file that holds float32 rows in the native
 * byte order is mapped into memory; any other is converted. {@link dev.gatun.io.TensorFile} reads any of them by a name such as
 * {@code model.safetensors#name}. {@link dev.gatun.io.Vectors} are float64, for marginals and potentials.
 * {@link dev.gatun.io.NpyOutput} writes a file in place, and puts it at its path when it is complete.
 *
 * {@snippet :
 * Heads q = Npy.readHeads(Path.of("q.npy"), arena);
 * Heads k = Npz.readHeads(Path.of("heads.npz"), "k", arena);
 * Heads v = TensorFile.readHeads("model.safetensors#v", arena);
 * try (NpyOutput output = NpyOutput.create(Path.of("out.npy"), NpyType.FLOAT32, q.shapeWith(q.rows(), v.columns()))) {
 *     Scores.of(q, k).attention().apply(v, output.heads());
 *     output.commit();
 * }
 * }
 *
 * <p>Files are not trusted. Every size that a header claims is compared with the file before memory is allocated or mapped. Every fault
 * is a {@link dev.gatun.io.TensorFileException} whose message is one line that names the file and the fault. A mapped tensor is only as
 * stable as its file: if another process shortens the file, an access throws an {@link java.lang.InternalError}.
 */
package dev.gatun.io;

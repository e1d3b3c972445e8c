package dev.gatun.kernel.pass;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.coupling.PartSums;
import dev.gatun.kernel.coupling.TreeSums;
import dev.gatun.kernel.pack.ValuePanel;
import dev.gatun.kernel.tile.TileProduct;
import java.util.Arrays;

/**
 * The product of a symmetric or Hermitian matrix with several vectors, from its tiles on and above the diagonal: each tile serves its rows
 * and its columns.
 *
 * <p>Vectors come in panels of {@link #WIDTH} real ones, or of half as many complex ones, real parts before imaginary parts, and are
 * rounded to float32. Sums over a tile are float32, sums over tiles float64. The rows of tiles are divided among parts, whose number
 * depends only on the size: each thread computes a group of parts, each machine any of them. The sums of parts are added in a binary tree
 * ({@link PartSums}), so results do not depend on which thread or machine computes which part.
 */
public final class ConjugateProduct {

    /** Real vectors of a panel. */
    private static final int WIDTH = TileProduct.WIDTH;

    /** Rows of tiles in a group, unless this would make too many groups. */
    private static final int ROWS = 8;

    /** Groups that one machine has sums of. */
    private static final int MAX_GROUPS = 16;

    /** Rows of tiles in a part, where a group has several, and the largest number of parts of a group. */
    private static final int PART_ROWS = 64;
    private static final int MAX_PARTS = 16;

    private final ConjugateTiles tiles;
    private final StoredTiles stored;
    private final double[] scale;
    private final int panels;
    /** Vectors side by side in the panels of products along columns. */
    private final int columnWidth;
    private final ValuePanel[] alongRows;
    private final ValuePanel[] rotatedAlongRows;
    private final float[][] alongColumns;
    private final float[][] rotatedAlongColumns;
    private final double[][][] sums;
    private final int groups;
    private final int partsPerGroup;
    private boolean descending;

    /** One worker's scratch. */
    public static final class Scratch {
        private final ConjugateTiles.Scratch tile;
        private final float[] tileSums = new float[TileProduct.PAIR * Lanes.BLOCK];
        private double[][] rowSums = new double[0][];
        private TreeSums tree;

        /** @param tile scratch for the tiles */
        public Scratch(ConjugateTiles.Scratch tile) {
            this.tile = tile;
        }

        private TreeSums tree(int parts, int panels, int length) {
            if (tree == null || !tree.fits(parts, panels, length)) {
                tree = new TreeSums(parts, panels, length);
            }
            return tree;
        }

        private void clear(int panels) {
            if (rowSums.length < panels) {
                rowSums = new double[panels][WIDTH * Lanes.BLOCK];
            }
            for (double[] panel : rowSums) {
                Arrays.fill(panel, 0.0);
            }
        }
    }

    /**
     * Scratch for products.
     *
     * @param stored the stored tiles; null to compute them for each product
     * @param scale  s: the matrix is {@code s_i a_ij s_j}; null for all 1
     * @param panels the number of panels of vectors
     */
    public ConjugateProduct(ConjugateTiles tiles, StoredTiles stored, double[] scale, int panels) {
        this(tiles, stored, scale, panels, partsPerGroup(tiles), true);
    }

    /** @param summing whether all groups are computed here */
    ConjugateProduct(ConjugateTiles tiles, StoredTiles stored, double[] scale, int panels, int partsPerGroup, boolean summing) {
        int groups = groups(tiles);
        this.sums = summing ? new double[groups][panels][ArrayLength.of(paddedRows(tiles), WIDTH)] : new double[1][][];
        this.groups = groups;
        this.partsPerGroup = partsPerGroup;
        this.scale = scale;
        this.tiles = tiles;
        this.stored = stored;
        this.panels = panels;
        this.columnWidth = TileProduct.PAIRS && panels > 1 ? TileProduct.PAIR : WIDTH;
        int rows = paddedRows(tiles);
        int columnPanels = (panels * WIDTH + columnWidth - 1) / columnWidth;
        this.alongRows = panels(tiles, panels);
        this.alongColumns = new float[columnPanels][ArrayLength.of(rows, columnWidth)];
        this.rotatedAlongRows = tiles.hermitian() ? panels(tiles, panels) : null;
        this.rotatedAlongColumns = tiles.hermitian() ? new float[columnPanels][ArrayLength.of(rows, columnWidth)] : null;
    }

    /** For a machine that computes {@linkplain #sums some parts}, or has the sums of all from others: see {@link #put}. */
    public static ConjugateProduct ofSomeParts(ConjugateTiles tiles, double[] scale, int panels) {
        return new ConjugateProduct(tiles, null, scale, panels, partsPerGroup(tiles), false);
    }

    private static int paddedRows(ConjugateTiles tiles) {
        return Lanes.blocks(tiles.size()) * Lanes.BLOCK;
    }

    private static ValuePanel[] panels(ConjugateTiles tiles, int count) {
        ValuePanel[] panels = new ValuePanel[count];
        Arrays.setAll(panels, p -> new ValuePanel(Lanes.blocks(tiles.size()) * Lanes.BLOCK, WIDTH));
        return panels;
    }

    /** The number of groups of parts. */
    public int groups() {
        return groups;
    }

    /** The number of parts. */
    public int parts() {
        return groups * partsPerGroup;
    }

    private static int groups(ConjugateTiles tiles) {
        return Math.clamp(tiles.blocks() / ROWS, 1, MAX_GROUPS);
    }

    private static int partsPerGroup(ConjugateTiles tiles) {
        return Integer.highestOneBit(Math.clamp(tiles.blocks() / (MAX_GROUPS * PART_ROWS), 1, MAX_PARTS));
    }

    /** Computes the sums of a part, one array for each panel. */
    public double[][] sums(int part, Scratch scratch) {
        double[][] own = new double[panels][ArrayLength.of(paddedRows(tiles), WIDTH)];
        multiplyPart(part, own, scratch);
        return own;
    }

    /** Has the sums of all parts from other machines, for {@link #give}. */
    public void put(PartSums total) {
        sums[0] = total.sums();
    }

    /** Vectors of a panel: half as many if they are complex. */
    public static int width(boolean complex) {
        return complex ? WIDTH / 2 : WIDTH;
    }

    private int width() {
        return width(tiles.hermitian());
    }

    /**
     * Sets a vector.
     *
     * @param place  its place, below panels times {@link #width(boolean)}
     * @param vector its entries, or their real parts and then their imaginary parts; null for zeros
     */
    public void take(int place, double[] vector) {
        int p = place / width();
        int k = place % width();
        int n = tiles.size();
        float[] columns = alongColumns[p * WIDTH / columnWidth];
        for (int i = 0, at = p * WIDTH % columnWidth + k; i < n; i++, at += columnWidth) {
            float entry = vector == null ? 0 : (float) (vector[i] * scale(i));
            alongRows[p].set(i, k, entry);
            columns[at] = entry;
        }
        if (tiles.hermitian()) {
            takeImaginary(p, k, vector);
        }
    }

    /**
     * Sets the imaginary parts. In {@code (C + i S) x} the product of S is that of a real matrix with {@code i x}; in the transposed tile,
     * {@code (C - i S)^T x}, with {@code -i x}.
     */
    private void takeImaginary(int p, int k, double[] vector) {
        int n = tiles.size();
        float[] columns = alongColumns[p * WIDTH / columnWidth];
        float[] rotated = rotatedAlongColumns[p * WIDTH / columnWidth];
        for (int i = 0, at = p * WIDTH % columnWidth + k; i < n; i++, at += columnWidth) {
            float real = columns[at];
            float imaginary = vector == null ? 0 : (float) (vector[n + i] * scale(i));
            alongRows[p].set(i, k + width(), imaginary);
            columns[at + width()] = imaginary;
            rotatedAlongRows[p].set(i, k, -imaginary);
            rotatedAlongRows[p].set(i, k + width(), real);
            rotated[at] = imaginary;
            rotated[at + width()] = -real;
        }
    }

    /** Reverses the order of the groups: tiles read last are still in a cache and are read first. */
    public void reverse() {
        descending = !descending;
    }

    /** Multiplies the tiles of the group at {@code place} in the current order with the vectors. */
    public void multiply(int place, Scratch scratch) {
        multiplyGroup(descending ? groups() - 1 - place : place, scratch);
    }

    private void multiplyGroup(int group, Scratch scratch) {
        if (partsPerGroup == 1) {
            for (double[] panel : sums[group]) {
                Arrays.fill(panel, 0.0);
            }
            multiplyPart(group, sums[group], scratch);
            return;
        }
        TreeSums tree = scratch.tree(partsPerGroup, panels, sums[group][0].length);
        for (int index = 0; index < partsPerGroup; index++) {
            multiplyPart(group * partsPerGroup + index, tree.cleared(), scratch);
            tree.add(index);
        }
        double[][] total = tree.total(partsPerGroup);
        for (int p = 0; p < panels; p++) {
            System.arraycopy(total[p], 0, sums[group][p], 0, total[p].length);
        }
    }

    private void multiplyPart(int part, double[][] to, Scratch scratch) {
        for (int block = part; block < tiles.blocks(); block += parts()) {
            scratch.clear(panels);
            if (stored == null) {
                tiles.load(block, scratch.tile);
            }
            for (int column = block; column < tiles.end(block); column++) {
                if (stored == null) {
                    tiles.form(column, scratch.tile);
                } else {
                    stored.fetch(block, column, scratch.tile);
                }
                multiply(to, block, column, scratch);
            }
            addRows(to, block, scratch);
        }
    }

    private void multiply(double[][] to, int block, int column, Scratch scratch) {
        ConjugateTiles.Scratch tile = scratch.tile;
        for (int p = 0; p < panels; p++) {
            Arrays.fill(scratch.tileSums, 0, WIDTH * Lanes.BLOCK, 0f);
            multiplyRows(tile.real, alongRows[p], column, scratch.tileSums);
            if (rotatedAlongRows != null) {
                multiplyRows(tile.imaginary, rotatedAlongRows[p], column, scratch.tileSums);
            }
            TileProduct.add(scratch.tileSums, scratch.rowSums[p], 0);
        }
        for (int c = 0; column > block && c < alongColumns.length; c++) {
            Arrays.fill(scratch.tileSums, 0f);
            multiplyColumns(tile.real, alongColumns[c], block, scratch.tileSums);
            if (rotatedAlongColumns != null) {
                multiplyColumns(tile.imaginary, rotatedAlongColumns[c], block, scratch.tileSums);
            }
            addColumns(scratch.tileSums, to, c, column);
        }
    }

    private void multiplyColumns(float[] tile, float[] panel, int block, float[] tileSums) {
        if (columnWidth == WIDTH) {
            TileProduct.alongColumns(tile, panel, block * Lanes.BLOCK, tileSums);
        } else {
            TileProduct.alongColumnsOfPairs(tile, panel, block * Lanes.BLOCK, tileSums);
        }
    }

    private void addColumns(float[] tileSums, double[][] to, int c, int column) {
        int at = column * Lanes.DEPTH * WIDTH;
        if (columnWidth == WIDTH) {
            TileProduct.add(tileSums, to[c], at);
        } else if (2 * c + 1 < panels) {
            TileProduct.addPairs(tileSums, to[2 * c], to[2 * c + 1], at);
        } else {
            TileProduct.addFirst(tileSums, to[2 * c], at);
        }
    }

    private static void multiplyRows(float[] tile, ValuePanel panel, int column, float[] sums) {
        panel.accumulate(tile, 0, Lanes.DEPTH, column * Lanes.DEPTH, sums, 0);
    }

    private void addRows(double[][] sumsOfPart, int block, Scratch scratch) {
        for (int p = 0; p < panels; p++) {
            double[] to = sumsOfPart[p];
            double[] rows = scratch.rowSums[p];
            for (int r = 0, at = block * Lanes.BLOCK * WIDTH; r < Lanes.BLOCK; r++) {
                for (int k = 0; k < WIDTH; k++, at++) {
                    to[at] += rows[k * Lanes.BLOCK + r];
                }
            }
        }
    }

    /** Adds up the sums of all groups for a block of rows. */
    public void addGroups(int block) {
        int start = block * Lanes.BLOCK * WIDTH;
        for (int step = 1; step < sums.length; step *= 2) {
            for (int g = 0; g + step < sums.length; g += 2 * step) {
                for (int p = 0; p < panels; p++) {
                    add(sums[g + step][p], sums[g][p], start);
                }
            }
        }
    }

    private static void add(double[] from, double[] to, int start) {
        for (int at = start; at < start + Lanes.BLOCK * WIDTH; at++) {
            to[at] += from[at];
        }
    }

    /**
     * Copies the product with a vector, after {@link #addGroups} of all blocks or {@link #put}.
     *
     * @param product receives it in the layout of {@link #take}
     */
    public void give(int place, double[] product) {
        double[] panel = sums[0][place / width()];
        int n = tiles.size();
        for (int i = 0, at = place % width(); i < n; i++, at += WIDTH) {
            product[i] = panel[at] * scale(i);
        }
        for (int i = n, at = place % width() + width(); i < product.length; i++, at += WIDTH) {
            product[i] = panel[at] * scale(i - n);
        }
    }

    private double scale(int i) {
        return scale == null ? 1 : scale[i];
    }
}

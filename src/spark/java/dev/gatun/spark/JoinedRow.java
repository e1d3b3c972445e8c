package dev.gatun.spark;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** A row of the input with new values after its own. */
final class JoinedRow {

    private JoinedRow() {
    }

    static Row of(Row row, Object... added) {
        Object[] values = new Object[row.size() + added.length];
        for (int i = 0; i < row.size(); i++) {
            values[i] = row.get(i);
        }
        System.arraycopy(added, 0, values, row.size(), added.length);
        return RowFactory.create(values);
    }
}

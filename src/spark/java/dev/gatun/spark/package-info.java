/**
 * Apache Spark runs the library over a cluster. {@link dev.gatun.spark.Corpus} embeds and analyses the texts of a DataFrame with a trained
 * encoder.
 */
package dev.gatun.spark;

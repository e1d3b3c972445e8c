package dev.gatun.laws;

/** A head and the charge of its magnetic operator, as the input in a report. */
record Charged(double charge, Head head) {

    @Override
    public String toString() {
        return "charge " + charge + ", " + head;
    }
}

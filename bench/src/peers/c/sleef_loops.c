// SLEEF's exponentials take and give a vector register, which no Java call can pass. These loops apply them in place to
// a count of floats that is a multiple of 16.

#include <immintrin.h>
#include <sleef.h>

void natural(float *entries, long count) {
    for (long at = 0; at < count; at += 16) {
        _mm512_storeu_ps(entries + at, Sleef_expf16_u10avx512f(_mm512_loadu_ps(entries + at)));
    }
}

void power_of_two(float *entries, long count) {
    for (long at = 0; at < count; at += 16) {
        _mm512_storeu_ps(entries + at, Sleef_exp2f16_u10avx512f(_mm512_loadu_ps(entries + at)));
    }
}

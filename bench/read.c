/* The yardstick of the pass over the rows: merely reads the same columns once and adds them up. */
#include <R.h>
#include <Rinternals.h>

SEXP read_columns(SEXP codes, SEXP weights, SEXP threads) {
  const R_xlen_t rows = Rf_xlength(weights);
  const int team = Rf_asInteger(threads);
  const double *w = REAL(weights);
  double weight = 0, code = 0;
  for (int c = 0; c < Rf_length(codes); c++) {
    const int *column = INTEGER(VECTOR_ELT(codes, c));
    long long sum = 0;
#pragma omp parallel for reduction(+ : sum) num_threads(team)
    for (R_xlen_t i = 0; i < rows; i++) sum += column[i];
    code += (double)sum;
  }
  /* four sums, so that the processor need not wait for each addition */
  double w0 = 0, w1 = 0, w2 = 0, w3 = 0;
#pragma omp parallel for reduction(+ : w0, w1, w2, w3) num_threads(team)
  for (R_xlen_t i = 0; i < rows / 4; i++) {
    w0 += w[4 * i];
    w1 += w[4 * i + 1];
    w2 += w[4 * i + 2];
    w3 += w[4 * i + 3];
  }
  for (R_xlen_t i = rows / 4 * 4; i < rows; i++) w0 += w[i];
  weight = w0 + w1 + w2 + w3;
  return Rf_ScalarReal(weight + code);
}

"""Tails of a squared sum, or of a sum of squares, over an estimate of its variance (src/core/math/ratio.h, ratio_matrix.h).

Independent of the C core, which has determinants from the PSUs one at a time: here the quadratic form of all elementary
variables is written out, its eigenvalues are found, and the characteristic function of the weighted sum of chi-squared
variables is integrated along a line by the trapezoidal rule, with two steps.
Run: make_ratio.py > ratio_tail.csv; make_ratio.py many >> ratio_tail.csv

Columns: order (0: ratio.h, S the sum of all sums; else ratio_matrix.h), sums, tau, copies; strata as first:count:units:factor:
centred; c, f, l (in units of 1/1024) and phi as there, numbers joined by spaces; tail. All numbers are doubles as they are.

SPDX-License-Identifier: GPL-3.0-or-later
"""

import random
import sys

import mpmath as m
from mpmath import mp, mpf

mp.dps = 40


def covariances(rng, psus, q, uneven):
    """Of the elements of each PSU, in integers, positive definite."""
    all_of_them = []
    for _ in range(psus):
        by = rng.choice([1, 1, 1, 3, 9]) if uneven else 1
        a = [[rng.randint(-4, 4) * by for _ in range(q)] for _ in range(q + 2)]
        all_of_them.append([[sum(x[i] * x[j] for x in a) + by * by * (i == j) for j in range(q)] for i in range(q)])
    return all_of_them


def eigenvalues(design, order, q, tau):
    """Of Sigma M, M the form S'S - tau V in elements e_ij, j < q, of which u_i are the first `order` or (0) the sum."""
    strata, cov, l = design
    psus, k = len(cov), max(order, 1)
    n = psus * q
    to_u = [[mpf(1)] * q] if order == 0 else [[mpf(a == j) for j in range(q)] for a in range(order)]
    z = [m.matrix(k, n) for _ in range(psus)]
    for i in range(psus):
        for a in range(k):
            for e in range(n):
                z[i][a, e] = (to_u[a][e % q] if e // q == i else mpf(0)) - mpf(l[i][a][e % q]) / 1024
    form = m.matrix(n, n)

    def add(rows, by):
        for row in range(rows.rows):
            for e in range(n):
                if rows[row, e] != 0:
                    for g in range(n):
                        form[e, g] += by * rows[row, e] * rows[row, g]

    s = m.matrix(k, n)
    for a in range(k):
        for e in range(n):
            s[a, e] = to_u[a][e % q]
    add(s, mpf(1))
    for first, count, units, factor, centred in strata:
        if factor == 0:
            continue
        total = m.matrix(k, n)
        for i in range(first, first + count):
            add(z[i], -tau * factor)
            total += z[i]
        if centred:
            add(total, tau * factor / units)
    root = m.matrix(n, n)
    for i in range(psus):
        low = m.cholesky(m.matrix(cov[i]))
        for a in range(q):
            for b in range(q):
                root[i * q + a, i * q + b] = low[a, b]
    values = m.eigsy(root.T * form * root, eigvals_only=True)
    largest = max(abs(v) for v in values)
    return [v for v in values if abs(v) > largest * mpf(10) ** -30]


def tail(values, copies, step):
    """P(sum of values chi-squared_copies > 0)"""
    top = max(values)
    if top <= 0:
        return mpf(0)
    if min(values) > 0:
        return mpf(1)
    s0 = 1 / (4 * top)
    total, size, v = mpf(0), mpf(0), mpf(0)
    while True:
        s = m.mpc(s0, s0 * m.sinh(v))
        log_phi = -copies / 2 * m.fsum(m.log(1 - 2 * s * x) for x in values)
        complex_term = m.exp(log_phi) / s * s0 * m.cosh(v)
        total += complex_term.real * (mpf("0.5") if v == 0 else 1)
        size += abs(complex_term)
        if abs(complex_term) < size * mpf(10) ** -32:
            return total * step / m.pi
        v += step


def ratio_strata(rng, shape):
    """Strata of PSUs: in pairs, of several sizes with empty PSUs, of one PSU under each rule."""
    sizes = {"pair": [2], "three": [3], "pairs": [2, 2, 2, 2], "sizes": [5, 2, 3], "lonely": [3, 1, 4, 1], "one": [9],
             "tens": [10] * 4, "threes": [3] * 14}[shape]
    strata, first = [], 0
    for at, count in enumerate(sizes):
        empty = rng.randint(0, 2) if shape in ("sizes", "lonely") and count > 1 else 0
        units = count + empty
        factor, centred = (1.0, 0) if count == 1 else (units / (units - 1), 1)
        if count == 1 and at > 1:
            factor = 0.0  # not in V, but in S
        strata.append((first, count, units, factor, centred))
        first += count
    return strata, first


def main():
    """With "many", rows of many PSUs alone, where laws have the first terms of series: some minutes, to be appended."""
    many = sys.argv[1:] == ["many"]
    worst = mpf(0)
    if many:
        mp.dps = 25
        cases = [(21, k, k + 1, shape) for k in (1, 2) for shape in ("tens", "threes")] + [(21, 3, 4, "tens")]
        cases += [(22, 0, q, shape) for q in (1, 2) for shape in ("tens", "threes")]
    else:
        print("order,sums,tau,copies,strata,c,f,l,phi,tail")
        cases = [(20, 0, q, shape) for q in (1, 2, 3, 5) for shape in ("pair", "three", "pairs", "sizes", "lonely", "one")]
        cases += [(20, k, k + 1, shape) for k in range(1, 7) for shape in ("pairs", "lonely")]
    generators = {seed: random.Random(seed) for seed in (20, 21, 22)}
    for seed, order, q, shape in cases:
        rng = generators[seed]
        strata, psus = ratio_strata(rng, shape)
        k = max(order, 1)
        cov = covariances(rng, psus, q, shape not in ("pairs", "tens", "threes"))
        l = [[[rng.randint(0, 1600 // psus) for _ in range(q)] for _ in range(k)] for _ in range(psus)]
        if order > 0:  # only the last sum is subtracted
            l = [[[0] * order + [rng.randint(-1024 // psus, 1600 // psus)] for _ in range(k)] for _ in range(psus)]
        phi = [[sum(c[i][j] for c in cov) for j in range(q)] for i in range(q)]
        if order == 0:
            c = [[sum(map(sum, x))] for x in cov]
            f = [[sum(x[i]) for i in range(q)] for x in cov]
        else:
            c = [[x[i][j] for i in range(k) for j in range(k)] for x in cov]
            f = [[x[i][j] for i in range(k) for j in range(q)] for x in cov]
        flat = [" ".join(str(x) for row in rows for x in row)
                for rows in (c, f, [[x for row in rows for x in row] for rows in l], phi)]
        last = (5.0,) if many else (9.0,) if order > 0 else (60.0, 1000.0)
        for tau in ((0.125, 1.0, 4.0, 12.0) if order == 0 else (0.5, 2.0)) + last:
            values = eigenvalues((strata, cov, l), order, q, mpf(tau))
            for copies in (1.0,) if order == 0 else (1.3, 3.0) if many else (1.0, 1.3, 2.0, 3.0):
                p = tail(values, mpf(copies), mpf(1) / (20 if many else 8))
                if 0 < p < mpf(10) ** -20:
                    continue  # the line is not near the saddlepoint of such
                if p > 0:
                    worst = max(worst, abs(tail(values, mpf(copies), mpf(1) / (24 if many else 9)) / p - 1))
                text = " ".join(":".join(map(repr, h)) for h in strata)
                print(f"{order},{q},{tau!r},{copies!r},{text},{','.join(flat)},{m.nstr(p, 20)}", flush=True)
    print("largest relative difference of the two steps:", m.nstr(worst, 3), file=sys.stderr)


if __name__ == "__main__":
    main()

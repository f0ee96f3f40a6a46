"""Reference values for tests/core/test_loglinear.c (see PROVENANCE.md).

    python3 make_loglinear.py > loglinear.csv

Log-linear models of y x g x h in the rows of logistic_rows.csv, at 50 digits: Newton's method on the Poisson likelihood
with an intercept, the sandwich of its full information, and Rao and Scott's (1984) Delta by its definition, with the
covariance of proportions from rows and PSUs.

SPDX-License-Identifier: GPL-3.0-or-later
"""

import csv
import itertools
import os

from mpmath import matrix, mp, mpf, exp, log, lu_solve

mp.dps = 50
CASES = ("binary", "skewed", "element")
TERMS = ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))  # of y, g, h
MODELS = {"some": 4, "pairs": 6, "all": 7}  # the first so many terms


def read_rows():
    rows = {name: [] for name in CASES}
    with open(os.path.join(os.path.dirname(__file__), "logistic_rows.csv")) as file:
        for r in csv.DictReader(file):
            if r["case"] in rows:
                answers = tuple(int(r[k]) - 1 for k in ("y", "g", "h"))
                rows[r["case"]].append((int(r["stratum"]), int(r["psu"]), mpf(float(r["weight"])), answers))
    return rows


def contrast(level, levels):
    """Sum to zero: the last level is -1 in all columns."""
    return [mpf(-1) if level == levels - 1 else mpf(level == k) for k in range(levels - 1)]


def columns_of(cell, sizes, terms):
    """The first variable of a term runs fastest."""
    found = []
    for term in terms:
        products = [mpf(1)]
        for v in term:
            products = [a * b for b in contrast(cell[v], sizes[v]) for a in products]
        found += products
    return found


def fit(x, p):
    """Poisson regression of p on 1 and x: estimates without the constant, fitted values."""
    full = [[mpf(1)] + row for row in x]
    size = len(full[0])
    theta = [log(mpf(1) / len(p))] + [mpf(0)] * (size - 1)
    for iteration in range(200):
        mu = [exp(sum(a * b for a, b in zip(row, theta))) for row in full]
        gradient, information = matrix(size, 1), matrix(size, size)
        for row, m, q in zip(full, mu, p):
            for i in range(size):
                gradient[i] += row[i] * (q - m)
                for j in range(size):
                    information[i, j] += m * row[i] * row[j]
        step = lu_solve(information, gradient)
        largest = max(abs(s) for s in step)
        length = min(mpf(1), 1 / largest)
        theta = [t + length * s for t, s in zip(theta, step)]
        if largest < mpf(10) ** -40:
            return theta[1:], [exp(sum(a * b for a, b in zip(row, theta))) for row in full]
    raise SystemExit("no convergence")


def proportion_covariance(rows, cells, p, total):
    """sum_h n_h/(n_h-1) sum_j (z_hj - mean)(...)' of PSU sums of w (1[cell] - p)/total."""
    units = {}
    for i, (stratum, psu, w, answers) in enumerate(rows):
        unit = units.setdefault((stratum, psu if psu else -1 - i), [mpf(0)] * len(cells))
        for k, cell in enumerate(cells):
            unit[k] += w * ((answers == cell) - p[k]) / total
    size = len(cells)
    v = matrix(size, size)
    for stratum in sorted({key[0] for key in units}):
        mine = [z for key, z in units.items() if key[0] == stratum]
        n = len(mine)
        mean = [sum(z[k] for z in mine) / n for k in range(size)]
        for z in mine:
            d = [a - b for a, b in zip(z, mean)]
            for a in range(size):
                for b in range(size):
                    v[a, b] += mpf(n) / (n - 1) * d[a] * d[b]
    return v


def multinomial(p):
    size = len(p)
    return matrix([[p[i] * ((i == j) - p[j]) for j in range(size)] for i in range(size)])


def solve_matrix(a, b):
    """a^-1 b, column by column."""
    found = matrix(a.rows, b.cols)
    for k in range(b.cols):
        column = lu_solve(a, b[:, k])
        for i in range(a.rows):
            found[i, k] = column[i]
    return found


def delta(x, base, fitted, p, v, n):
    """n (W'(diag(p) - pp')W)^-1 W'VW."""
    size = len(x[0])
    small = matrix([row[:base] for row in x])
    extra = matrix([row[base:size] for row in x])
    metric = multinomial(fitted)
    w = extra - small * solve_matrix(small.T * metric * small, small.T * metric * extra)
    return solve_matrix(w.T * multinomial(p) * w, w.T * v * w) * n


def put(case, kind, i, j, value):
    print(f"{case},{kind},{i},{j},{mp.nstr(value, 20)}")


def write(case, rows):
    sizes = [max(r[3][k] for r in rows) + 1 for k in range(3)]
    cells = list(itertools.product(*(range(s) for s in sizes)))
    total = sum(r[2] for r in rows)
    p = [sum(r[2] for r in rows if r[3] == cell) / total for cell in cells]
    assert min(p) > 0
    n = len(rows)
    v = proportion_covariance(rows, cells, p, total)
    x, theta, fitted = {}, {}, {}
    for name, terms in MODELS.items():
        x[name] = [columns_of(cell, sizes, TERMS[:terms]) for cell in cells]
        theta[name], fitted[name] = fit(x[name], p)
    for name in ("some", "pairs"):
        m, mine = matrix(x[name]), fitted[name]
        h = m.T * multinomial(mine) * m
        covariance = solve_matrix(h, solve_matrix(h, m.T * v * m).T)
        for i in range(m.cols):
            put(case, f"{name}.estimate", i, 0, theta[name][i])
            for j in range(m.cols):
                put(case, f"{name}.covariance", i, j, covariance[i, j])
    for number, (small, large) in enumerate((("some", "pairs"), ("pairs", "all"), ("some", "all"))):
        a, b = fitted[small], fitted[large]
        put(case, "chisq", number, 0, n * sum((t - s) ** 2 / s for s, t in zip(a, b)))
        put(case, "deviance", number, 0, 2 * n * sum(t * log(t / s) for s, t in zip(a, b)))
        d = delta(x[large], len(x[small][0]), b, p, v, n)
        size = d.rows
        put(case, "trace", number, 0, sum(d[i, i] for i in range(size)))
        put(case, "square", number, 0, sum(d[i, j] * d[j, i] for i in range(size) for j in range(size)))


print("case,kind,i,j,value")
for name, rows in read_rows().items():
    write(name, rows)

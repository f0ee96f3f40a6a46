"""Reference values for tests/core/test_logistic.c (see PROVENANCE.md).

    python3 make_logistic.py rows > logistic_rows.csv
    python3 make_logistic.py > logistic.csv

Maximum likelihood at 50 digits by Newton's method, with derivatives of the plain differences F(b - eta) - F(a - eta).
Sandwich and standardisation are the textbook formulas on rows, PSU by PSU (Binder 1983).

SPDX-License-Identifier: GPL-3.0-or-later
"""

import sys

from mpmath import matrix, mp, mpf, exp, log, lu_solve

mp.dps = 50


def generator(seed):
    """Numbers in 0..below-1 by a linear congruential generator (Knuth's MMIX)."""
    state = seed

    def draw(below):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % below

    return draw


def make_rows(seed, count, levels, clustered, scale, bias):
    """(stratum, psu, weight, y, g, h), codes from 1; psu 0 for designs without clusters."""
    draw = generator(seed)
    rows = []
    for i in range(count):
        psu = draw(12) + 1
        stratum = (psu - 1) // 4 + 1
        g, h = draw(3) + 1, draw(3) + 1
        weight = (1 + draw(1000)) / 64 * (2.0 ** draw(scale) if scale else 1.0)
        y = min(levels, 1 + (draw(1000) + 60 * g - 40 * h + bias) * levels // 1200)
        rows.append((stratum, psu if clustered else 0, weight, max(1, y), g, h))
    return rows


CASES = {
    "binary": (1, 200, 2, True, 0, 0),
    "skewed": (2, 300, 2, True, 20, 100),
    "ordinal": (3, 250, 4, True, 0, 0),
    "thin": (4, 400, 6, True, 6, 50),
    "element": (5, 150, 2, False, 4, 0),
    "element3": (6, 150, 3, False, 4, 0),
}


def columns_of(row):
    """Treatment contrasts of h and g, first level the reference."""
    _, _, _, _, g, h = row
    return [mpf(h == 2), mpf(h == 3), mpf(g == 2), mpf(g == 3)]


def logistic(x):
    return 1 / (1 + exp(-x))


def row_derivatives(theta, x, y, levels):
    """Log-likelihood of a row, its gradient and Hessian in (slopes, cuts), from p = F(a) - F(b)."""
    size = len(theta)
    slopes = len(x)
    eta = sum(x[j] * theta[j] for j in range(slopes))
    p, dp, hp = mpf(0), [mpf(0)] * size, [[mpf(0)] * size for _ in range(size)]
    for k, sign in ((y, 1), (y - 1, -1)):
        if k == 0:
            continue
        if k == levels:
            p += sign
            continue
        at = theta[slopes + k - 1] - eta
        f = logistic(at)
        f1, f2 = f * (1 - f), f * (1 - f) * (1 - 2 * f)
        direction = [-v for v in x] + [mpf(j == k - 1) for j in range(levels - 1)]
        p += sign * f
        for i in range(size):
            dp[i] += sign * f1 * direction[i]
            for j in range(size):
                hp[i][j] += sign * f2 * direction[i] * direction[j]
    gradient = [d / p for d in dp]
    hessian = [[hp[i][j] / p - gradient[i] * gradient[j] for j in range(size)] for i in range(size)]
    return log(p), gradient, hessian


def fit(rows, levels):
    slopes = 4
    total = sum(mpf(r[2]) for r in rows)
    theta = [mpf(0)] * slopes
    below = mpf(0)
    for k in range(1, levels):
        below += sum(mpf(r[2]) for r in rows if r[3] == k)
        theta.append(log(below / (total - below)))
    # rows with the same covariates and answer share their derivatives
    groups = {}
    for r in rows:
        groups.setdefault(r[3:], mpf(0))
        groups[r[3:]] += mpf(r[2])
    null = None
    for iteration in range(60):
        value, gradient = mpf(0), matrix(len(theta), 1)
        information = matrix(len(theta), len(theta))
        for key, w in groups.items():
            v, g1, h1 = row_derivatives(theta, columns_of((0, 0, 0) + key), key[0], levels)
            value += w * v
            for i in range(len(theta)):
                gradient[i] += w * g1[i]
                for j in range(len(theta)):
                    information[i, j] -= w * h1[i][j]
        null = value if null is None else null
        step = lu_solve(information, gradient)
        largest = max(abs(s) for s in step)
        length = min(mpf(1), 1 / largest)
        theta = [t + length * s for t, s in zip(theta, step)]
        if largest < mpf(10) ** -40:
            return theta, information, value, null, total
    raise SystemExit("no convergence")


def design_covariance(rows, z):
    """sum_h n_h/(n_h-1) sum_j (z_hj - mean)(...)' of PSU sums; without clusters each row is a PSU."""
    units = {}
    for i, row in enumerate(rows):
        key = (row[0], row[1] if row[1] else -1 - i)
        units[key] = [a + b for a, b in zip(units.get(key, [mpf(0)] * len(z[i])), z[i])]
    size = len(z[0])
    total = matrix(size, size)
    for stratum in sorted({key[0] for key in units}):
        mine = [v for key, v in units.items() if key[0] == stratum]
        n = len(mine)
        mean = [sum(v[k] for v in mine) / n for k in range(size)]
        for v in mine:
            for a in range(size):
                for b in range(size):
                    total[a, b] += mpf(n) / (n - 1) * (v[a] - mean[a]) * (v[b] - mean[b])
    return total


def put(case, kind, i, j, value):
    print(f"{case},{kind},{i},{j},{mp.nstr(value, 20)}")


def write(case):
    rows, levels = make_rows(*CASES[case]), CASES[case][2]
    theta, information, value, null, total = fit(rows, levels)
    size, mean_weight = len(theta), total / len(rows)
    put(case, "deviance", 0, 0, -2 * value / mean_weight)
    put(case, "null", 0, 0, -2 * null / mean_weight)
    influence = []
    for r in rows:
        _, g1, _ = row_derivatives(theta, columns_of(r), r[3], levels)
        influence.append([mpf(r[2]) * u for u in lu_solve(information, matrix(g1))])
    flip = [mpf(1)] * size
    if levels == 2:
        flip[-1] = mpf(-1)
    covariance = design_covariance(rows, influence)
    for i in range(size):
        put(case, "estimate", i, 0, flip[i] * theta[i])
        for j in range(size):
            put(case, "covariance", i, j, flip[i] * flip[j] * covariance[i, j])
    if levels != 2:
        return
    # standardised to the distribution of h, by g
    estimates, z = [], [[] for _ in rows]
    for g in (1, 2, 3):
        means, slope = [], [mpf(0)] * size
        for r in rows:
            x = columns_of(r[:4] + (g, r[5]))
            eta = sum(a * b for a, b in zip(x, theta)) - theta[-1]
            m = logistic(eta)
            means.append(m)
            for k, v in enumerate(x + [mpf(-1)]):
                slope[k] += mpf(r[2]) * m * (1 - m) * v / total
        estimate = sum(mpf(r[2]) * m for r, m in zip(rows, means)) / total
        estimates.append(estimate)
        for i, r in enumerate(rows):
            z[i].append(mpf(r[2]) * (means[i] - estimate) / total + sum(a * b for a, b in zip(slope, influence[i])))
    covariance = design_covariance(rows, z)
    for i in range(3):
        put(case, "standard", i, 0, estimates[i])
        for j in range(3):
            put(case, "standard.covariance", i, j, covariance[i, j])


if sys.argv[1:] == ["rows"]:
    print("case,levels,stratum,psu,weight,y,g,h")
    for name, case in CASES.items():
        for r in make_rows(*case):
            print(f"{name},{case[2]},{r[0]},{r[1]},{r[2]!r},{r[3]},{r[4]},{r[5]}")
else:
    print("case,kind,i,j,value")
    for name in CASES:
        write(name)

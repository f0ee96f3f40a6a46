"""Makes the reference values of tests/core/test_interval.c (see PROVENANCE.md): the formulas of the methods written out
once more in 50 digits, with t and beta quantiles found by root finding on the tails of high_precision.py.

    python3 make_intervals.py > interval.csv

SPDX-License-Identifier: GPL-3.0-or-later
"""
from functools import lru_cache

from mpmath import mp, mpf
import mpmath as m

from high_precision import beta_tails, exact
from make_distributions import beta_point, number, solve, t_tail

METHODS = ["logit", "wald", "wilson", "beta", "beta_nchs", "clopper_pearson", "arcsine", "agresti_coull", "jeffreys"]


@lru_cache(None)
def t_quantile(level, df):
    """The t quantile at 1 - (1 - level)/2."""
    two_tails = 1 - exact(level)
    return m.exp(solve(lambda u: m.log(t_tail(m.exp(u), df)) - m.log(two_tails), 0.5))


def limits(method, p, v, n, df, level):
    p, v, tail = exact(p), exact(v), (1 - exact(level)) / 2
    q, se, t = 1 - p, m.sqrt(exact(v)), t_quantile(level, float(df))
    ne = p * q / v
    adjusted = ne * (t_quantile(level, float(n - 1)) / t) ** 2 if n > 1 else ne
    if method == "wald":
        return max(p - t * se, mpf(0)), min(p + t * se, mpf(1))
    if method == "logit":
        return tuple(1 / (1 + m.exp(-(m.log(p / q) + sign * t * se / (p * q)))) for sign in (-1, 1))
    if method == "arcsine":
        angles = [m.asin(m.sqrt(p)) + sign * t * se / (2 * m.sqrt(p * q)) for sign in (-1, 1)]
        return tuple(m.sin(min(max(angle, mpf(0)), m.pi / 2)) ** 2 for angle in angles)
    if method == "wilson":
        centre, half = p + t * t / (2 * ne), t * m.sqrt(p * q / ne + t * t / (4 * ne * ne))
        return tuple((centre + sign * half) / (1 + t * t / ne) for sign in (-1, 1))
    if method == "agresti_coull":
        larger = ne + t * t
        centre = (ne * p + t * t / 2) / larger
        half = t * m.sqrt(centre * (1 - centre) / larger)
        return max(centre - half, mpf(0)), min(centre + half, mpf(1))
    if method == "jeffreys":
        shapes = (adjusted * p + mpf(1) / 2, adjusted * q + mpf(1) / 2)
        return beta_point(tail, *shapes), beta_point(tail, *shapes, True)
    if method == "clopper_pearson":
        size = n / (v / (p * q / (n - 1))) if n > 1 else ne
    else:
        size = min(adjusted, mpf(n)) if method == "beta_nchs" else adjusted
    return beta_point(tail, size * p, size * q + 1), beta_point(tail, size * p + 1, size * q, True)


CASES = [
    # p, v, n, df: ordinary, deff far from 1 on both sides, few rows, tiny and near-1 proportions, one row, one df
    (0.5, 0.0025, 101, 100), (0.3, 0.01, 50, 12), (0.1505525, 0.0298747 ** 2, 7846, 16), (0.02, 0.0001, 400, 31),
    (0.001, 5e-7, 3000, 60), (0.97, 0.0004, 80, 9), (0.999, 1e-6, 5000, 1), (1e-6, 1e-12, 2000000, 4000),
    (0.25, 0.1875, 1, 3), (0.4, 0.12, 2, 1), (0.6, 1e-7, 25, 20), (0.5, 0.2, 40, 2), (0.8, 1e-13, 1000, 500),
    (0.07, 0.0651 / 999, 1000, 999), (1e-9, 1e-15, 100, 10), (0.35, 1e-9, 50, 40),
]

if __name__ == "__main__":
    print("method,p,v,n,df,level,low,high")
    for p, v, n, df in CASES:
        for level in (0.95, 0.8, 0.999):
            for index, method in enumerate(METHODS):
                with mp.workdps(50):
                    low, high = limits(method, p, v, n, df, level)
                print(",".join(number(x) for x in (index, p, v, n, df, level, low, high)), flush=True)

"""Upper tails of weighted sums of chi-squared_1 variables, over chi-squared_df / df where df is finite, to 20 digits.

Independent of the C core, which inverts the characteristic function: here a mixture of central chi-squared tails with
positive coefficients (Ruben 1962, Annals of Mathematical Statistics 33, 542-570), or, where the weights are so far apart
that the mixture has too many terms, an integral over the variable of the small weight. Where both apply they are compared.

Columns: x, df, weights joined by spaces, tail.

SPDX-License-Identifier: GPL-3.0-or-later
"""

import sys

import mpmath as m
from mpmath import mp, mpf

mp.dps = 40


def chisq_tail(x, n):
    if n == 1:
        return m.erfc(m.sqrt(x / 2))
    with mp.workdps(200):  # some of mpmath's methods subtract from 1
        return m.gammainc(mpf(n) / 2, x / 2, m.inf, regularized=True)


def f_tail(x, n, df):
    """P(chi-squared_n / (chi-squared_df / df) > x)"""
    if df == m.inf:
        return chisq_tail(x, n)
    with mp.workdps(200):
        return m.betainc(df / 2, mpf(n) / 2, 0, df / (df + x), regularized=True)


def next_step(x, n, df):
    """f_tail(x, n + 2, df) - f_tail(x, n, df), and the ratio of that step to the one before it, as a function of n."""
    if df == m.inf:
        return m.exp(mpf(n) / 2 * m.log(x / 2) - x / 2 - m.loggamma(mpf(n) / 2 + 1)), lambda k: x / k
    a, b, z = mpf(n) / 2, df / 2, x / (df + x)
    step = m.exp(a * m.log(z) + b * m.log(1 - z) + m.loggamma(a + b) - m.loggamma(a + 1) - m.loggamma(b))
    return step, lambda k: z * (k - 2 + df) / k


def ruben(x, weights, df):
    """sum_k a_k f_tail(x/beta, n + 2 k, df), beta the smallest weight: all a_k are positive and add up to 1."""
    beta = min(weights)
    gamma = [1 - beta / w for w in weights]
    carry = [mpf(0)] * len(weights)
    a = m.sqrt(m.fprod(beta / w for w in weights))
    n = len(weights)
    tail = f_tail(x / beta, n, df)
    step, ratio = next_step(x / beta, n, df)
    total = a * tail
    for k in range(1, 3_000_000):
        carry = [g * (c + a) for g, c in zip(gamma, carry)]
        a = m.fsum(carry) / (2 * k)
        tail += step
        step *= ratio(mpf(n + 2 * k))
        total += a * tail
        # the coefficients end up decreasing by the largest gamma
        if k > 20 * n and 100 * a < (1 - max(gamma)) * total * mpf(10) ** -25:
            return total
    raise ArithmeticError("mixture")


def two_weights(x, one, small, count, df):
    """one X_1 + small (X_2 + ... + X_{count + 1}): the mean of the tail of X_1 over the other sum, df = Inf."""
    def part(t):
        # t is the square root of the other sum
        rest = (x - small * t * t) / one
        return (chisq_tail(rest, 1) if rest > 0 else mpf(1)) * m.exp(-t * t / 2) * t ** (count - 1)

    edge = m.sqrt(x / small)
    points = sorted([mpf(0)] + [mpf(k) for k in (1, 2, 4, 7, 11, 16, 25)] + ([edge] if edge < 25 else []))
    scale = 2 / (mpf(2) ** (mpf(count) / 2) * m.gamma(mpf(count) / 2))
    with mp.workdps(100):  # quad stops at an absolute error
        return scale * m.quad(part, points)


def cases():
    spread = [
        ["1"], ["2.5", "2.5"], ["1", "1", "1", "1", "1", "1", "1"], ["1", "0.5"], ["1", "1.0000001", "0.9999999"],
        ["3", "2", "1", "0.5"], ["1.7", "1.1", "0.9", "0.83", "0.4", "0.22"], ["1", "0.1", "0.01"],
        ["8", "1", "1", "1", "1", "1", "1", "1", "1"], ["1"] * 60, [str(1 + k / 10) for k in range(25)],
        ["1", "0.02", "0.02"],
    ]
    sizes = ["0.001", "0.1", "0.7", "1", "1.5", "3", "6", "12", "25", "50", "120"]
    for weights in spread:
        mean = sum(mpf(float(w)) for w in weights)
        for size in sizes:
            x = float(size) * float(mean)
            for df in ("0.5", "1", "4.25", "17", "130.7", "20000", "inf"):
                yield x, float(df), [float(w) for w in weights]


def main():
    print("x,df,weights,tail")
    worst = mpf(0)
    for x, df, weights in cases():
        tail = ruben(mpf(x), [mpf(w) for w in weights], mpf(df) if df != float("inf") else m.inf)
        if tail > mpf(10) ** -100:
            print(f"{x!r},{df!r},{' '.join(map(repr, weights))},{m.nstr(tail, 20)}")
    for small in (0.25, 0.002, 1e-6, 1e-12):
        for count in (1, 5):
            for x in (1e-7, 1e-3, 0.5, 2.0, 20.0, 60.0, 200.0):
                tail = two_weights(mpf(x), mpf(1), mpf(small), count, m.inf)
                weights = [1.0] + [small] * count
                if small > 0.01:
                    worst = max(worst, abs(tail / ruben(mpf(x), [mpf(w) for w in weights], m.inf) - 1))
                print(f"{x!r},inf,{' '.join(map(repr, weights))},{m.nstr(tail, 20)}")
    print("largest relative difference of the two methods:", m.nstr(worst, 3), file=sys.stderr)


if __name__ == "__main__":
    main()

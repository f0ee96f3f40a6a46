"""Tails of the beta and gamma distributions to 40 digits, for the scripts that make reference values.

Independent of the C core: the hypergeometric series in integer (fixed point) arithmetic, or adaptive quadrature of the
density with mpmath. Where both apply, `python3 high_precision.py` compares them with each other and with mpmath's own
betainc and gammainc.

SPDX-License-Identifier: GPL-3.0-or-later
"""

from mpmath import mp, mpf
import mpmath as m

mp.dps = 60
BITS = 220


def exact(x):
    """The number that a double stands for."""
    return mpf(x)


def series_sum(numerator, denominator, factor, limit=30_000_000):
    """1 + sum of prod_k factor (numerator + k)/(denominator + k), k = 0, 1, ..., all terms positive."""
    one = 1 << BITS
    n, d, f = (int(m.nint(v * (mpf(2) ** 120))) for v in (numerator, denominator, mpf(1)))
    x = int(m.nint(factor * (mpf(2) ** BITS)))
    term = total = one
    for _ in range(limit):
        term = ((term * x) >> BITS) * n // d
        if term == 0:
            return mpf(total) / one
        if (term << 150) < total and n * x < d << BITS:
            ratio = mpf(n) / d * x / one
            return (mpf(total) + mpf(term) * ratio / (1 - ratio)) / one
        total += term
        n += f
        d += f
    raise ArithmeticError("series")


def gamma_sum(a, x, limit=30_000_000):
    """1 + x/(a+1) + x^2/((a+1)(a+2)) + ..."""
    one = 1 << BITS
    fx = int(m.nint(x * (mpf(2) ** 120)))
    fd = int(m.nint((a + 1) * (mpf(2) ** 120)))
    term = total = one
    for _ in range(limit):
        term = term * fx // fd
        total += term
        fd += 1 << 120
        if (term << 150) < total and fx * 2 < fd:
            return mpf(total) / one
        if term == 0:
            return mpf(total) / one
    raise ArithmeticError("series")


def integral(log_density, start, direction, room, width):
    """Integral of the density from start in one direction (+1/-1), over panels no wider than width(t)."""
    with mp.workdps(45):
        base = log_density(start)
        total, t, gone = mpf(0), start, mpf(0)
        while gone < room:
            w = min(width(t), room - gone)
            piece = m.quad(lambda s: m.exp(log_density(s) - base), sorted([t, t + direction * w]),
                           method="gauss-legendre")
            total += piece
            if piece < total * mpf(10) ** -38:
                break
            t += direction * w
            gone += w
        return total * m.exp(base)


def lower_below_mean(a, b, x, y):
    """I_x(a, b) for x below or near the mean."""
    log_front = a * m.log(x) + b * m.log(y) - m.log(a) - (m.loggamma(a) + m.loggamma(b) - m.loggamma(a + b))
    terms = 105 / -m.log(x) + 15 * m.sqrt(a)
    if terms < 400_000 or x * (a + b) < a / 2:
        return m.exp(log_front) * series_sum(a + b, a + 1, x)
    log_beta = m.loggamma(a) + m.loggamma(b) - m.loggamma(a + b)
    sd = m.sqrt(a * b / (a + b + 1)) / (a + b)

    # the variable is s = 1 - t, which keeps its digits for t near 1
    def log_density(s):
        return (a - 1) * m.log1p(-s) + (b - 1) * m.log(s) - log_beta

    return integral(log_density, y, 1, 1 - y, lambda s: max(min(s, (1 - s) / 2, 3 * sd), mpf(10) ** -30))


def beta_tails(a, b, x, y):
    """Lower and upper tail; y = 1 - x, both as exact numbers."""
    with mp.workdps(60 + int(mp.log10(1 + a + b)) * 2):
        if x * (a + b) <= a:
            low = lower_below_mean(a, b, x, y)
            return low, 1 - low
        high = lower_below_mean(b, a, y, x)
        return 1 - high, high


def gamma_tails(a, x):
    with mp.workdps(60 + int(mp.log10(1 + a)) * 2):
        if x <= a:
            low = m.exp(a * m.log(x) - x - m.loggamma(a + 1)) * gamma_sum(a, x)
            return low, 1 - low
        if a < 2000:
            high = m.gammainc(a, x, m.inf, regularized=True)
            return 1 - high, high
        log_gamma = m.loggamma(a)
        sd = m.sqrt(a)
        high = integral(lambda t: (a - 1) * m.log(t) - t - log_gamma, x, 1, mpf(10) ** 30, lambda t: min(3 * sd, t / 2))
        return 1 - high, high


def f_tails(f, df1, df2):
    if df2 == m.inf:
        return gamma_tails(df1 / 2, df1 * f / 2)
    a, b = df1 / 2, df2 / 2
    return beta_tails(a, b, a * f / (a * f + b), b / (a * f + b))


if __name__ == "__main__":
    worst = mpf(0)
    for a in (mpf("0.25"), mpf(3), mpf("40.5"), mpf(300)):
        for b in (mpf("0.5"), mpf(7), mpf("99.25")):
            for x in (mpf("0.015625"), mpf("0.25"), mpf("0.875"), mpf("0.99609375")):
                low, high = beta_tails(a, b, x, 1 - x)
                with mp.workdps(120):
                    worst = max(worst, abs(low / m.betainc(a, b, 0, x, regularized=True) - 1),
                                abs(high / m.betainc(b, a, 0, 1 - x, regularized=True) - 1))
    for a in (mpf("0.25"), mpf(3), mpf(300), mpf("1999.5")):
        for r in (mpf("0.25"), mpf("0.875"), mpf("1.25"), mpf(2)):
            low, high = gamma_tails(a, a * r)
            with mp.workdps(120):
                worst = max(worst, abs(low / m.gammainc(a, 0, a * r, regularized=True) - 1))
                worst = max(worst, abs(high / m.gammainc(a, a * r, m.inf, regularized=True) - 1))
    # series against quadrature for large shapes
    a = b = mpf(10) ** 6
    x = mpf("0.499")
    log_beta = m.loggamma(a) + m.loggamma(b) - m.loggamma(a + b)
    direct = integral(lambda s: (a - 1) * m.log1p(-s) + (b - 1) * m.log(s) - log_beta, 1 - x, 1, x,
                      lambda s: mpf("0.001"))
    worst = max(worst, abs(beta_tails(a, b, x, 1 - x)[0] / direct - 1))
    print("largest relative difference:", m.nstr(worst, 3))

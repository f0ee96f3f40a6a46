"""Makes the reference values of tests/core/test_distribution.c (see PROVENANCE.md).

Arguments are doubles, printed so that they read back exactly; results have 20 digits. Points are spread over the
distribution by a normal approximation on the logit or logarithmic scale, to reach tails down to 1e-300.

    python3 make_distributions.py        writes the csv files beside this script

SPDX-License-Identifier: GPL-3.0-or-later
"""
import math
import os
import sys

from mpmath import mp, mpf
import mpmath as m

from high_precision import beta_tails, exact, f_tails, gamma_tails

HERE = os.path.dirname(os.path.abspath(__file__))
SCORES = [-36.5, -20, -5, -1.5, -0.25, -0.001, 0.0, 0.0625, 1, 2.5, 8, 20, 30, 36.5]
SMALLEST = mpf(10) ** -300


def number(x):
    return m.nstr(x, 20, min_fixed=0, max_fixed=0) if isinstance(x, mpf) else repr(x)


def write(name, header, rows):
    with open(os.path.join(HERE, name), "w") as out:
        out.write(header + "\n")
        for row in rows:
            assert not any(m.isnan(v) for v in row), row
            out.write(",".join(number(v) for v in row) + "\n")
    print(name, len(rows), file=sys.stderr)


def normal():
    rows = []
    for p in (5e-301, 1e-300, 1e-200, 1e-100, 1e-50, 1e-20, 1e-10, 1e-5, 0.001, 0.005, 0.025, 0.05, 0.1, 0.2, 0.29, 0.3,
              0.301, 0.4, 0.45, 0.49, 0.4999, 0.5 - 2.0 ** -40, 0.5 - 2.0 ** -54, 0.5, 0.5 + 2.0 ** -53, 0.5001, 0.6,
              0.69, 0.7, 0.71, 0.9, 0.95, 0.975, 0.995, 0.9999, 1 - 1e-10, 1 - 2.0 ** -53):
        e = exact(p)
        with mp.workdps(60 if p > 1e-50 else 340):
            tail = min(e, 1 - e)
            if p == 0.5:
                z = mpf(0)
            elif tail > 0.2:
                z = m.sqrt(2) * m.erfinv(1 - 2 * tail)
            else:
                start = m.sqrt(-2 * m.log(tail))
                start -= m.log(start * m.sqrt(2 * m.pi)) / start
                z = m.findroot(lambda t: m.log(m.erfc(t / m.sqrt(2)) / 2) - m.log(tail), start)
        rows.append((p, +z if p > 0.5 else -z))
    write("normal_quantile.csv", "p,x", rows)


def t_tail(t, df):
    t = exact(t)
    if df == math.inf:
        return m.erfc(abs(t) / m.sqrt(2))
    return f_tails(t * t, mpf(1), exact(df))[1]


def t_distribution():
    rows = []
    for df in (0.001, 0.01, 0.1, 0.5, 1.0, 1.5, 2.0, 3.25, 5.0, 10.0, 30.7, 49.0, 79.0, 80.0, 81.0, 99.9, 500.0, 4999.0,
               1e4, 123456.75, 1e6, 1e7, 1e8, 1e9, 1e12, 1e15, math.inf):
        for t in (1e-200, 1e-10, 1e-3, 0.1, 0.5, 1.0, 1.96, 3.0, 6.25, 12.7, 20.0, 30.5, 37.0, 100.0, 1e4, 1e8, 1e20,
                  1e100):
            p = t_tail(t, df)
            if p > SMALLEST:
                rows.append((t, df, p))
    # far from and near the points from which tails of shared degrees of freedom are found
    for df in (3.0, 4.0, 7.0, 19.0, 190.0, 4990.0, 1e6, 1e12):
        for t in (0.03, 0.0624, 0.0626, 0.44, 1.06, 1.125, 1.97, 2.31, 3.07, 4.44, 5.94, 5.9999, 6.1):
            rows.append((t, df, t_tail(t, df)))
    write("t_tail.csv", "t,df,p", rows)

    rows = []
    for df in (0.1, 0.5, 1.0, 1.5, 2.0, 3.25, 5.0, 10.0, 30.7, 49.0, 99.9, 500.0, 1e4, 1e6, 1e9, math.inf):
        for p in (1e-200, 1e-50, 1e-10, 1e-4, 0.005, 0.025, 0.1, 0.25, 0.4, 0.499, 0.5 - 2.0 ** -40):
            target = m.log(2 * exact(p))
            if target / -max(df, 1e-3) > 600:  # t above 1e300
                continue
            with mp.workdps(50):
                start = solve(lambda u: m.log(t_tail(m.exp(u), df)) - target, 0.0)
            rows.append((p, df, -m.exp(start)))
    write("t_quantile.csv", "p,df,t", rows)


def solve(f, start):
    """The root of a decreasing function by bracketing and regula falsi (Illinois)."""
    low = high = mpf(start)
    f_low = f_high = f(low)
    step = mpf("0.25")
    while f_low < 0:
        low -= step
        step *= 2
        f_low = f(low)
    step = mpf("0.25")
    while f_high > 0:
        high += step
        step *= 2
        f_high = f(high)
    side = 0
    for _ in range(400):
        if high - low < mpf(10) ** -24 * (1 + abs(low)):
            return (low + high) / 2
        mid = (low * f_high - high * f_low) / (f_high - f_low)
        if f_low == f_high:
            return mid
        value = f(mid)
        if abs(value) < mpf(10) ** -26:
            return mid
        if value > 0:
            low, f_low = mid, value
            if side == 1:
                f_high /= 2
            side = 1
        else:
            high, f_high = mid, value
            if side == -1:
                f_low /= 2
            side = -1
    raise ArithmeticError("no convergence")


def chisq():
    rows = []
    for df in (0.001, 0.01, 0.3, 1.0, 1.9230, 2.0, 3.5, 10.0, 31.0, 79.5, 81.0, 150.25, 1e3, 12345.678, 1e5, 1e6, 1e7,
               1e8, 1e9):
        points = {0.0, 1e-30, 1e-5, 0.01, 0.19, 0.21, 1.0, 3.84, 20.0, 200.0, 1300.0} if df < 100 else set()
        for z in SCORES:
            # Wilson and Hilferty's cube root
            root = 1 - 2 / (9 * df) + z * math.sqrt(2 / (9 * df))
            if root > 0:
                points.add(df * root ** 3)
        for x in sorted(points):
            upper = mpf(1) if x == 0 else gamma_tails(exact(df) / 2, exact(x) / 2)[1]
            if upper > SMALLEST:
                rows.append((x, df, upper))
    write("chisq_tail.csv", "x,df,p", rows)


def logit_points(a, b):
    scale = math.sqrt(1 / a + 1 / b)
    for z in SCORES:
        yield math.log(a / b) + min(max(z * scale, -300.0), 300.0)


def f_distribution():
    rows = []
    sizes = (0.01, 0.5, 1.0, 1.923, 3.0, 10.5, 79.0, 81.0, 500.0, 1e4, 1e6, 1e9)
    for df1 in sizes:
        for df2 in (1e-2,) + sizes[1:] + (30.7676, 1e12, math.inf):
            points = {1e-300, 1e-8, 1.0}
            if df1 < 1e4:
                points |= {0.1, 3.1513, 50.0}
            b = df2 / 2 if df2 < math.inf else 1e30
            for point in logit_points(df1 / 2, b):
                points.add(math.exp(point - math.log(df1 / 2) + math.log(b)))
            for f in sorted(points):
                upper = f_tails(exact(f), exact(df1), m.inf if df2 == math.inf else exact(df2))[1]
                if upper > SMALLEST:
                    rows.append((f, df1, df2, upper))
    write("f_tail.csv", "f,df1,df2,p", rows)


def beta():
    rows = []
    sizes = (1e-3, 0.01, 0.5, 1.0, 2.5, 12.0, 39.5, 40.5, 300.0, 5e3, 123456.7, 1e6, 1e9)
    for a in sizes:
        for b in sizes:
            points = {0.5, 1e-9}
            for point in logit_points(a, b):
                points.add(1 / (1 + math.exp(-point)) if point < 0 else 1 - 1 / (1 + math.exp(point)))
            for x in sorted(points):
                if 0 < x < 1:
                    lower, upper = beta_tails(exact(a), exact(b), exact(x), 1 - exact(x))
                    rows.append((x, a, b, lower if lower > SMALLEST else mpf(0), upper if upper > SMALLEST else mpf(0)))
    write("beta_cdf.csv", "x,a,b,lower,upper", rows)


def beta_point(p, a, b, upper=False):
    """The quantile, by bisection on the logit scale; p and the shapes are exact numbers."""
    target = m.log(p)

    def distance(u):
        x = 1 / (1 + m.exp(-u))
        low, high = beta_tails(a, b, x, 1 / (1 + m.exp(u)))
        return m.log(high) - target if upper else target - m.log(low)

    with mp.workdps(50):
        u = solve(distance, m.log(a / b))
        return 1 / (1 + m.exp(-u))


def beta_quantile():
    rows = []
    sizes = (0.01, 0.5, 1.0, 2.5, 39.5, 41.0, 300.0, 5e3, 1e6)
    for a in sizes:
        for b in sizes:
            for p in (1e-100, 1e-10, 0.001, 0.025, 0.3, 0.5, 0.975):
                if a < 0.1 and p < 0.02 or b < 0.1 and p > 0.1:
                    continue  # outside the range of a double
                rows.append((p, a, b, beta_point(exact(p), exact(a), exact(b))))
    write("beta_quantile.csv", "p,a,b,x", rows)


def clopper_pearson():
    rows = []
    for n in (1, 2, 5, 10, 33, 100, 500, 1000, 10000, 50000):
        places = sorted({0, 1, 2, 3, n // 10, n // 3, n // 2, (n // 2) + 1, n - n // 10, n - 2, n - 1, n})
        for x in places:
            if not 0 <= x <= n:
                continue
            for level in (0.5, 0.95, 0.999999):
                tail = (1 - exact(level)) / 2
                low = beta_point(tail, mpf(x), mpf(n - x + 1)) if x > 0 else mpf(0)
                high = beta_point(tail, mpf(x + 1), mpf(n - x), True) if x < n else mpf(1)
                rows.append((x, n, level, low, high))
    write("clopper_pearson.csv", "x,n,level,low,high", rows)


if __name__ == "__main__":
    makers = {f.__name__: f for f in (normal, t_distribution, chisq, f_distribution, beta, beta_quantile,
                                      clopper_pearson)}
    for name in sys.argv[1:] or makers:
        makers[name]()

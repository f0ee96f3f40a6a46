# Tails of sums of chi-squared variables by another way than the core's.

# p of sum lambda_i chi-squared_1 over chi-squared_df / df by Ruben's (1962) series; NA where it has too many terms.
ruben_tail <- function(x, lambda, df) {
  lambda <- lambda[lambda > 1e-13 * max(lambda)]
  beta <- min(lambda)
  if (max(lambda) > 200 * beta) return(NA_real_)
  gamma <- 1 - beta / lambda
  a <- prod(sqrt(beta / lambda))
  carry <- numeric(length(lambda))
  n <- length(lambda)
  total <- 0
  for (k in 0:20000) {
    total <- total + a * stats::pf(x / beta / (n + 2 * k), n + 2 * k, df, lower.tail = FALSE)
    carry <- gamma * (carry + a)
    a <- sum(carry) / (2 * (k + 1))
    if (k > 50 && a < 1e-18 * total) break
  }
  # the largest term alone has a larger tail than what the series has left where its first weights are lost
  if (total < stats::pf(x / max(lambda), 1, df, lower.tail = FALSE)) NA_real_ else total
}

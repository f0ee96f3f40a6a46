# An attacker who looks at standard errors: a question by towns, of which some counts are hidden, and the nation's share with its
# standard error, where towns are the sampling units. He knows how many respondents each town has and what they weigh (all of
# a town the same, a whole number), which counts are shown, how figures are rounded, and every formula. For each hidden count he
# finds all values that it can have: a search through all whole tables, town by town.

# y: the counts of an answer by town (NA: hidden); n: the sizes; w: the weights; total: the national count; share and error: the
# limits between which the national share and its standard error are.
possible_counts <- function(y, n, w, total, share, error) {
  towns <- length(n)
  all_weight <- sum(w * n)
  known <- list()
  key <- function(x) (x[, 1L] * 2000 + x[, 2L]) * 1e10 + x[, 3L] # below 2^53
  values <- lapply(seq_len(towns), function(i) if (is.na(y[i])) 0:n[i] else y[i])
  for (weighted in seq(ceiling(all_weight * share[1L] - 1e-6), floor(all_weight * share[2L] + 1e-6))) {
    # (T - 1) / T V W^4 is the sum of squares of these whole numbers
    score <- function(i, v) w[i] * (all_weight * v - weighted * n[i])
    squares <- (towns - 1) / towns * error^2 * all_weight^4
    squares <- c(squares[1L] * (1 - 1e-9) - 0.5, squares[2L] * (1 + 1e-9) + 0.5)
    forward <- list(cbind(0, 0, 0)) # persons, their weight, squares
    for (i in seq_len(towns)) {
      from <- forward[[i]]
      at <- rep(seq_len(nrow(from)), each = length(values[[i]]))
      v <- rep(values[[i]], nrow(from))
      to <- cbind(from[at, 1L] + v, from[at, 2L] + w[i] * v, from[at, 3L] + score(i, v)^2)
      to <- to[to[, 1L] <= total & to[, 2L] <= weighted & to[, 3L] <= squares[2L], , drop = FALSE]
      forward[[i + 1L]] <- to[!duplicated(key(to)), , drop = FALSE]
    }
    end <- forward[[towns + 1L]]
    useful <- key(end[end[, 1L] == total & end[, 2L] == weighted & end[, 3L] >= squares[1L], , drop = FALSE])
    found <- vector("list", towns)
    for (i in rev(seq_len(towns))) {
      from <- forward[[i]]
      leads <- rep(FALSE, nrow(from))
      for (v in values[[i]]) {
        hit <- key(cbind(from[, 1L] + v, from[, 2L] + w[i] * v, from[, 3L] + score(i, v)^2)) %in% useful
        if (any(hit)) found[[i]] <- c(found[[i]], v)
        leads <- leads | hit
      }
      useful <- key(from[leads, , drop = FALSE])
    }
    known <- if (length(known) == 0L) found else Map(union, known, found)
  }
  known
}

# Between which limits a figure is that is shown to so many significant digits; NULL: to all.
figure_limits <- function(x, digits = NULL) {
  if (is.na(x)) return(c(0, Inf))
  if (is.null(digits)) return(x * c(1 - 1e-9, 1 + 1e-9))
  x + 10^(floor(log10(x)) - digits + 1) / 2 * c(-1, 1)
}

# A random survey of towns: list(rows, threshold). Towns are not small; answers are two or three, of which some are rare.
random_towns <- function(seed, weighted = FALSE) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  threshold <- sample(c(3, 5, 10), 1L)
  towns <- sample(4:9, 1L)
  n <- threshold + sample(0:14, towns, replace = TRUE)
  levels <- c("yes", "no", "unsure")[seq_len(sample(2:3, 1L))]
  share <- stats::rbeta(towns, 1, sample(c(2, 5, 10), 1L))
  w <- if (weighted) sample(1:3, towns, replace = TRUE) else rep(1L, towns)
  rows <- do.call(rbind, lapply(seq_len(towns), function(i) {
    p <- c(share[i], (1 - share[i]) * if (length(levels) == 2L) 1 else c(0.7, 0.3))
    data.frame(town = sprintf("T%02d", i), q = sample(levels, n[i], replace = TRUE, prob = p), w = w[i])
  }))
  rows$q <- factor(rows$q, levels = levels)
  list(rows = rows, threshold = threshold)
}

towns_design <- function(release) weeg_design(release$rows, weights = ~w, cluster = ~town)

protect_towns <- function(release) {
  d <- towns_design(release)
  weeg_protect(d, nation = weeg_proportion(d, ~q), towns = weeg_proportion(d, q ~ town), threshold = release$threshold)
}

# Only counts are hidden, as sums and differences tell of them; all other figures stay.
hide_counts_alone <- function(release) {
  d <- towns_design(release)
  made <- list(nation = weeg_proportion(d, ~q), towns = weeg_proportion(d, q ~ town))
  shown <- protect_towns(release)
  for (part in names(made)) made[[part]][is.na(shown[[part]]$n), c("n", "n.weighted", "estimate", "std.error")] <- NA
  made
}

# What is said of the rounding of standard errors; NULL: nothing.
told_digits <- function(shown) {
  said <- attr(shown$nation, "conventions")["precision"]
  if (grepl("errors to", said)) as.integer(sub(".*errors to ([0-9]).*", "\\1", said))
}

# What an attacker finds: the numbers of hidden counts, of those with one possible value, and of those that are narrowed: a small
# one that cannot be 0, or threshold - 1 and more, another whose values are closer together than that.
attack_towns <- function(seed, change, weighted = FALSE) {
  release <- random_towns(seed, weighted)
  rows <- release$rows
  shown <- change(release)
  nation <- as.data.frame(shown$nation)
  towns <- as.data.frame(shown$towns)
  names <- sort(unique(rows$town))
  counts <- table(factor(rows$town, names), rows$q)
  n <- as.vector(rowSums(counts))
  w <- rows$w[match(names, rows$town)]
  digits <- told_digits(shown)
  told <- c(hidden = 0, exact = 0, narrowed = 0)
  for (level in levels(rows$q)) {
    y <- towns$n[match(paste(names, level), paste(towns$town, towns$level))]
    at <- nation[nation$level == level, ]
    if (!anyNA(y) || is.na(at$n)) next
    near <- if (weighted && !is.null(attr(shown$nation, "conventions")) &&
                  "precision" %in% names(attr(shown$nation, "conventions"))) 6e-4 else 1e-9
    share <- if (is.na(at$estimate)) c(0, 1) else at$estimate + c(-1, 1) * near
    found <- possible_counts(y, n, w, at$n, share, figure_limits(at$std.error, digits))
    for (i in which(is.na(y))) {
      true <- counts[i, level]
      stopifnot(true %in% found[[i]])
      ends <- range(found[[i]])
      narrow <- if (true < release$threshold) ends[1L] > 0 || ends[2L] < release$threshold - 1 else
        diff(ends) < release$threshold - 1
      told <- told + c(1, length(found[[i]]) == 1L, narrow)
    }
  }
  told
}

# An attacker who looks at standard errors: a question by towns, of which some counts are hidden, and the nation's share with its
# standard error, where towns are the sampling units. He knows how many respondents each town has and what they weigh (all of
# a town the same, a whole number), which counts are shown, how figures are rounded, and every formula. For each hidden count he
# finds all values that it can have: a search through all whole tables, town by town.

# y: the counts of an answer by town (NA: hidden); n: the sizes; w: the weights; total: the national count; share and error: the
# limits between which the national share and its standard error are. All tables of half of the towns are met with all of the
# other half. regions: NULL, or what is shown of two halves of the country, each list(towns, total, share, error).
possible_counts <- function(y, n, w, total, share, error, regions = NULL) {
  towns <- length(n)
  all_weight <- sum(w * n)
  values <- lapply(seq_len(towns), function(i) if (is.na(y[i])) 0:n[i] else y[i])
  # halves of about as many tables
  half <- cumsum(log(lengths(values))) > sum(log(lengths(values))) / 2 + 1e-9
  if (!is.null(regions)) half <- seq_len(towns) %in% regions[[2L]]$towns
  range <- c(ceiling(all_weight * share[1L] - 1e-6), floor(all_weight * share[2L] + 1e-6))
  known <- vector("list", towns)
  meet <- function(one, two, ...) {
    if (!is.null(regions)) {
      one <- one[fits_region(one, regions[[1L]], n, w), , drop = FALSE]
      two <- two[fits_region(two, regions[[2L]], n, w), , drop = FALSE]
    }
    for (tables in list(one[meets(one, two, total, ...), , drop = FALSE], two[meets(two, one, total, ...), , drop = FALSE])) {
      for (i in as.integer(colnames(tables)[-(1:4)])) known[[i]] <<- union(known[[i]], unique(tables[, as.character(i)]))
    }
  }
  if (is.infinite(error[2L])) { # no standard error: sums of weights within their range
    halves <- lapply(list(which(!half), which(half)), half_tables, values, n, w, 1, Inf, total, Inf)
    meet(with_column(halves[[1L]], "weight"), with_column(halves[[2L]], "weight"), 0, range + c(-0.5, 0.5))
    return(known)
  }
  for (weighted in seq(range[1L], range[2L])) {
    # (T - 1) / T V W^4 is the sum of squares of these whole numbers
    squares <- (towns - 1) / towns * error^2 * all_weight^4
    squares <- c(max(squares[1L] * (1 - 1e-9) - 0.5, 0), squares[2L] * (1 + 1e-9) + 0.5)
    halves <- lapply(list(which(!half), which(half)), half_tables, values, n, w, all_weight, weighted, total, squares[2L])
    meet(halves[[1L]], halves[[2L]], weighted, squares)
  }
  known
}

# With a column of tables as the one of which the sum has limits; sums of weights then are not looked at.
with_column <- function(tables, name) {
  tables[, "limited"] <- tables[, name]
  tables[, "key"] <- tables[, "persons"] * 2000
  tables
}

# Of some towns, all tables: persons, their weight, a key of both, what has limits (sums of squares), and the count of each town.
half_tables <- function(towns, values, n, w, all_weight, weighted, total, most) {
  tables <- matrix(0, 1L, 4L, dimnames = list(NULL, c("persons", "weight", "key", "limited")))
  for (i in towns) {
    at <- rep(seq_len(nrow(tables)), each = length(values[[i]]))
    v <- rep(values[[i]], nrow(tables))
    to <- cbind(tables[at, , drop = FALSE], v)
    to[, 1:4] <- to[, 1:4] + cbind(v, w[i] * v, 2000 * v + w[i] * v, (w[i] * (all_weight * v - weighted * n[i]))^2)
    colnames(to)[ncol(to)] <- i
    tables <- to[to[, "persons"] <= total & to[, "weight"] <= weighted & to[, "limited"] <= most, , drop = FALSE]
  }
  tables
}

# The variance of the share of a region, of each table of its towns: of a domain, with all towns as sampling units.
region_variance <- function(tables, towns, n, w) {
  v <- tables[, as.character(towns), drop = FALSE]
  weight <- sum((w * n)[towns])
  p <- tables[, "weight"] / weight
  z <- (v - outer(p, n[towns])) * rep(w[towns], each = nrow(v))
  length(n) / (length(n) - 1) * rowSums(z^2) / weight^2
}

fits_region <- function(tables, region, n, w) {
  p <- tables[, "weight"] / sum((w * n)[region$towns])
  error <- sqrt(region_variance(tables, region$towns, n, w))
  fits <- p >= region$share[1L] & p <= region$share[2L] & error >= region$error[1L] - 1e-9 & error <= region$error[2L] + 1e-9
  if (is.na(region$total)) fits else fits & tables[, "persons"] == region$total
}

# Which tables of a half there is one of the other half for, such that both are a table that gives what is shown.
meets <- function(half, other, total, weighted, limits) {
  big <- 1e10
  limits <- pmin(limits, big / 2 - 1)
  there <- sort(other[, "key"] * big + other[, "limited"]) # below 2^53
  need <- (total * 2000 + weighted - half[, "key"]) * big
  findInterval(need + limits[2L] - half[, "limited"], there) >
    findInterval(need + pmax(limits[1L] - half[, "limited"], 0), there, left.open = TRUE)
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

# The same with figures of two regions, and where `compared`, their difference in place of the nation.
protect_regions <- function(release, compared) {
  release$rows$region <- ifelse(release$rows$town <= "T03", "north", "south")
  d <- towns_design(release)
  made <- list(towns = weeg_proportion(d, q ~ town), regions = weeg_proportion(d, q ~ region))
  if (compared) made$pair <- weeg_compare(d, q ~ region, measures = "difference") else made$nation <- weeg_proportion(d, ~q)
  weeg_protect(d, made, threshold = release$threshold)
}

# How a release tells of its shares and standard errors.
figure_teller <- function(x, weighted) {
  said <- attr(x, "conventions")["precision"]
  coarse <- "precision" %in% names(attr(x, "conventions"))
  digits <- if (grepl("errors to", said)) as.integer(sub(".*errors to ([0-9]).*", "\\1", said))
  near <- if (weighted && coarse) 6e-4 else 1e-9
  if (weighted && coarse && grepl("shares to 2", said)) near <- 6e-3
  function(row) list(total = row$n, share = if (is.na(row$estimate)) c(0, 1) else row$estimate + c(-1, 1) * near,
                     error = figure_limits(row$std.error, digits))
}

# What an attacker finds: the numbers of hidden counts, of those with one possible value, and of those that are narrowed: a small
# one that cannot be 0, or threshold - 1 and more, another whose values are closer together than that.
attack_towns <- function(seed, change, weighted = FALSE) {
  attack_release_of(random_towns(seed, weighted), change, weighted, function(shown, level, y, n, w) {
    nation <- as.data.frame(shown$nation)
    seen <- figure_teller(shown$nation, weighted)(nation[nation$level == level, ])
    if (is.na(seen$total)) return(NULL)
    possible_counts(y, n, w, seen$total, seen$share, seen$error)
  })
}

attack_regions <- function(seed, compared = FALSE, weighted = FALSE, change = protect_regions) {
  attack_release_of(random_towns(seed, weighted), function(release) change(release, compared), weighted,
                    function(shown, level, y, n, w) {
    rows <- as.data.frame(shown$regions)
    tell <- figure_teller(shown$regions, weighted)
    regions <- lapply(c("north", "south"), function(r) tell(rows[rows$region == r & rows$level == level, ]))
    regions[[1L]]$towns <- 1:3
    regions[[2L]]$towns <- setdiff(seq_along(n), 1:3)
    if (compared) return(counts_of_pair(y, n, w, regions, shown$pair, level))
    nation <- as.data.frame(shown$nation)
    seen <- figure_teller(shown$nation, weighted)(nation[nation$level == level, ])
    if (is.na(seen$total)) return(NULL)
    possible_counts(y, n, w, seen$total, seen$share, seen$error, regions)
  })
}

# The counts that two regions can have, of which the standard error of the difference is shown.
counts_of_pair <- function(y, n, w, regions, pair, level) {
  row <- as.data.frame(pair)
  error <- figure_teller(pair, FALSE)(list(n = NA, estimate = NA, std.error = row$std.error[row$level == level]))$error
  values <- lapply(seq_along(n), function(i) if (is.na(y[i])) 0:n[i] else y[i])
  halves <- lapply(regions, function(region) {
    tables <- half_tables(region$towns, values, n, w, 1, Inf, Inf, Inf) # all
    tables <- tables[fits_region(tables, region, n, w), , drop = FALSE]
    tables[, "limited"] <- region_variance(tables, region$towns, n, w) * 1e9 # at most 1e9
    tables[, "key"] <- 0
    tables
  })
  limits <- (error + c(-1e-9, 1e-9))^2 * 1e9 + c(-0.5, 0.5)
  known <- vector("list", length(n))
  for (k in 1:2) {
    tables <- halves[[k]][meets(halves[[k]], halves[[3L - k]], 0, 0, limits), , drop = FALSE]
    for (i in regions[[k]]$towns) known[[i]] <- unique(tables[, as.character(i)])
  }
  known
}

# find(shown, level, y, n, w): the values that the count of each town can have, NULL where nothing is to be found.
attack_release_of <- function(release, change, weighted, find) {
  rows <- release$rows
  shown <- change(release)
  towns <- as.data.frame(shown$towns)
  names <- sort(unique(rows$town))
  counts <- table(factor(rows$town, names), rows$q)
  n <- as.vector(rowSums(counts))
  w <- rows$w[match(names, rows$town)]
  told <- c(hidden = 0, exact = 0, narrowed = 0)
  for (level in levels(rows$q)) {
    y <- towns$n[match(paste(names, level), paste(towns$town, towns$level))]
    found <- if (anyNA(y)) find(shown, level, y, n, w)
    if (is.null(found)) next
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

# An attacker who makes the release of every table that there can be of `towns` towns of `people` with so many who said yes, and
# keeps those of which all that is shown is the same. How many tables have a hidden count that is narrowed so.
replay_releases <- function(towns, people, threshold, total, change) {
  tables <- as.matrix(expand.grid(rep(list(0:people), towns)))
  tables <- unname(tables[rowSums(tables) == total, , drop = FALSE])
  made <- apply(tables, 1L, function(y) {
    rows <- data.frame(town = rep(sprintf("T%d", seq_len(towns)), each = people),
                       q = factor(unlist(lapply(y, function(v) rep(c("yes", "no"), c(v, people - v)))), c("no", "yes")))
    shown <- change(rows, threshold)
    of_towns <- as.data.frame(shown$towns)
    list(text = paste(deparse(lapply(shown, without_seals)), collapse = ""),
         hidden = is.na(of_towns$n[of_towns$level == "yes"]), errors = sum(!is.na(as.data.frame(shown$nation)$std.error)))
  })
  narrowed <- 0
  for (same in split(seq_along(made), vapply(made, `[[`, "", "text"))) {
    y <- tables[same, , drop = FALSE]
    low <- rep(apply(y, 2L, min), each = length(same))
    high <- rep(apply(y, 2L, max), each = length(same))
    narrow <- ifelse(y < threshold, low > 0 | high < threshold - 1, high - low < threshold - 1)
    narrowed <- narrowed + sum(rowSums(narrow & rep(made[[same[1L]]]$hidden, each = length(same))) > 0)
  }
  c(tables = nrow(tables), narrowed = narrowed, errors = sum(vapply(made, `[[`, 0, "errors") > 0))
}

without_seals <- function(x) {
  if (!is.list(x)) return(x)
  at <- attributes(x)
  lapply(c(unclass(x), at[setdiff(names(at), c("seal", "class", "row.names", "names"))]), without_seals)
}

# An attacker who reads whole books: their nets, bases, tests and comparisons too.

# What a book tells of counts, as results for the attacker: those of cells, the bases beside comparisons and tests, and the sums
# of weights of columns.
told_by_book <- function(book) {
  table <- function(rows, level, n, n.base, n.weighted, estimate, column = NULL) {
    if (is.null(n.base)) n <- n.base <- n.weighted <- estimate <- rep(NA_real_, nrow(rows)) # there is no comparison
    made <- data.frame(outcome = rows$outcome, level = level, n = n, n.base = n.base, n.weighted = n.weighted,
                       estimate = estimate)
    banner <- if (is.null(column)) character() else rows$banner[1L]
    banner <- banner[nzchar(banner)]
    if (length(banner) > 0L) made[[banner]] <- column
    structure(made, info = list(groups = banner))
  }
  net <- function(rows) {
    mine <- which(rows$level %in% book$cells$level[book$cells$statistic == "net"])
    rows$outcome[mine] <- net_column(rows$level[mine], rows$outcome[mine])
    rows$level[mine] <- "in"
    rows
  }
  of <- function(rows, make) {
    rows <- if (is.null(rows$level)) rows else net(rows)
    lapply(unname(split(rows, paste(rows$outcome, rows$banner))), make)
  }
  # where weights are equal, a share and its base are a count
  as_count <- function(share, n) {
    count <- share * n
    ifelse(abs(count - round(count)) < 1e-6, round(count), NA)
  }
  plain <- isTRUE(all.equal(book$cells$n, book$cells$n.weighted))
  column <- function(rows) if (nzchar(rows$banner[1L])) rows$column
  c(of(book$cells, function(x) table(x, x$level, x$n, x$n.base, x$n.weighted, x$estimate, column(x))),
    of(book$cells, function(x) table(x, "(none)", NA_real_, NA_real_, x$base.weighted, 1, column(x))),
    of(book$comparisons, function(x) {
      table(x, x$level, if (plain) as_count(x$estimate1, x$n1) else NA_real_, x$n1, NA_real_, NA_real_, x$group1)
    }),
    of(book$comparisons, function(x) {
      table(x, x$level, if (plain) as_count(x$estimate2, x$n2) else NA_real_, x$n2, NA_real_, NA_real_, x$group2)
    }),
    of(book$tests, function(x) table(x, "(none)", NA_real_, x$n, NA_real_, NA_real_)))
}

net_column <- function(net, question) paste0("net ", net, " of ", question)

# Nets of some of the answers a, b, c and d, that may overlap.
random_nets <- function() {
  nets <- lapply(seq_len(sample.int(3L, 1L)), function(i) sort(sample(letters[1:4], sample.int(3L, 1L))))
  stats::setNames(nets, paste0("n", seq_along(nets)))
}

# Those that some question has.
known_nets <- function(nets, data, questions) {
  Filter(function(net) any(vapply(questions, function(q) all(net %in% levels(data[[q]])), NA)), nets)
}

# The cells that he thinks possible, with who is in which net.
net_cells <- function(cells, nets, data, questions) {
  for (q in questions) for (name in names(nets)) if (all(nets[[name]] %in% levels(data[[q]]))) {
    cells[[net_column(name, q)]] <- ifelse(is.na(cells[[q]]), NA, ifelse(cells[[q]] %in% nets[[name]], "in", "out"))
  }
  cells
}

# How many respondents there are in each cell.
true_counts <- function(data, cells) {
  names <- intersect(names(cells), names(data))
  key <- function(rows) do.call(paste, c(lapply(rows[names], as.character), sep = "\r"))
  as.vector(table(factor(key(data), key(cells))))
}

book_without_nets <- function(book) {
  members <- unclass(book)
  nets <- members$cells$level[members$cells$statistic == "net"]
  members$cells <- members$cells[members$cells$statistic == "share", ]
  members$comparisons <- members$comparisons[!members$comparisons$level %in% nets, ]
  attr(members, "info")$nets <- NULL
  class(members) <- "weeg_book"
  seal_result(members)
}

without_numbers <- function(rows) {
  rows[] <- lapply(rows, function(x) if (is.numeric(x)) rep(NA_real_, length(x)) else x)
  rows
}

# How many hidden counts he narrows. Of a net that is not small it is no secret that it is not.
book_violations <- function(shown, cells, threshold, n, ...) {
  bounds <- attack(shown, cells, threshold, n = n, ...)
  keys <- function(tables) vapply(seen_counts(tables, cells), function(count) paste(count$inside, collapse = " "), "")
  of_net <- vapply(shown, function(table) startsWith(table$outcome[1L], "net "), NA)
  bounds <- bounds[!(bounds$n >= threshold & bounds$key %in% setdiff(keys(shown[of_net]), keys(shown[!of_net]))), ]
  c(hidden = nrow(bounds), violations = violations(bounds, threshold))
}

# c(hidden counts, those that the attacker narrows, or whose sums of weights he does); see attack_release().
attack_book <- function(seed, change = function(x, book, threshold) weeg_protect(x, book, threshold = threshold), nets = FALSE) {
  made <- random_release(seed)
  questions <- grep("^q[0-9]", names(made$data), value = TRUE)
  banner <- c("organisation", "area", "round")[seq_len(1L + seed %% 3L)]
  tables <- c(outer(questions, banner, paste, sep = " ~ "))
  nets <- if (nets) known_nets(random_nets(), made$data, questions) else list()
  cells <- net_cells(attacker_cells(made$data, tables), nets, made$data, questions)
  x <- weeg_design(made$data, weights = ~w, lonely = "adjust")
  book <- weeg_book(x, stats::reformulate(questions), stats::reformulate(banner), answers = if (length(nets) > 0L) nets)
  n <- true_counts(made$data, cells)
  safe <- change(x, book, made$threshold)
  found <- book_violations(told_by_book(safe), cells, made$threshold, n)
  if (any(made$data$w != 1)) {
    shown <- Map(with_exact_sums, told_by_book(safe), told_by_book(book))
    found <- found + c(0, book_violations(shown, cells, -Inf, n, weighted = TRUE)[["violations"]])
  }
  found
}

# A book by three columns, of which the second may be missing.
random_banner <- function(seed) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  n <- pick(c(150, 300, 600))
  taste <- stats::rnorm(n)
  draw <- function(k) {
    score <- outer(taste * pick(c(0, 1, 3)), seq_len(k)) + stats::rlogis(n * k) + rep(stats::rnorm(k), each = n)
    factor(letters[max.col(score)], letters[seq_len(k)])
  }
  rows <- data.frame(b1 = draw(pick(2:4)), b2 = draw(pick(2:3)), b3 = draw(2L), q1 = draw(pick(2:4)), q2 = draw(pick(3:4)))
  if (chance(0.2)) rows$b2[stats::runif(n) < 0.15] <- NA
  if (chance(0.3)) rows$q1[stats::runif(n) < 0.1] <- NA
  w <- if (chance(0.5)) rep(1, n) else if (chance(0.5)) stats::rlnorm(n, 0, 0.7) else sample(c(1, 2, 3), n, TRUE)
  rows$w <- w / mean(w)
  list(data = rows, threshold = pick(c(3, 5, 10)))
}

# As attack_book(), whatever the size of the crossing; NULL where a column is too small.
attack_banner <- function(seed, nets = FALSE) {
  made <- random_banner(seed)
  x <- weeg_design(made$data, weights = ~w)
  nets <- if (nets) known_nets(random_nets(), made$data, c("q1", "q2")) else list()
  book <- weeg_book(x, ~ q1 + q2, ~ b1 + b2 + b3, answers = if (length(nets) > 0L) nets)
  names <- c("q1", "q2", "b1", "b2", "b3")
  cells <- expand.grid(lapply(made$data[names], function(v) c(levels(v), if (anyNA(v)) NA)), stringsAsFactors = FALSE)
  cells <- net_cells(cells, nets, made$data, c("q1", "q2"))
  n <- true_counts(made$data, cells)
  safe <- with_inside(list(most_atoms = 0L), tryCatch(weeg_protect(x, book, threshold = made$threshold),
                                                      weeg_error_too_large = function(e) NULL))
  if (is.null(safe)) return(NULL)
  told <- function(book) { # tests tell of those who are in a column
    members <- unclass(book)
    if (anyNA(made$data$b2)) members$tests <- members$tests[members$tests$banner != "b2", ]
    told_by_book(members)
  }
  found <- book_violations(told(safe), cells, made$threshold + 1, n)[["violations"]]
  if (any(made$data$w != 1)) {
    shown <- Map(with_exact_sums, told(safe), told(book))
    found <- found + book_violations(shown, cells, -Inf, n, weighted = TRUE)[["violations"]]
  }
  members <- unclass(book)
  members$cells[members$cells$n < made$threshold, c("n", "estimate", "n.weighted")] <- NA
  members$comparisons <- without_numbers(members$comparisons)
  alone <- if (all(made$data$w == 1)) violations(attack(told(members), cells, made$threshold), made$threshold) else 0L
  c(hidden = sum(is.na(safe$cells$n)), shown = sum(!is.na(safe$cells$n)), violations = found, alone = alone,
    small = sum(book$cells$n < made$threshold & !is.na(safe$cells$n)))
}

# An attacker who makes the book of every table that there can be of `towns` towns of `people` whose answers are a, b and c, or
# the names of `scores`, of which the book has the mean, too; and keeps those of which all figures that the protected book shows
# are the same, to the digits that it has: counts, shares, bases, standard errors, limits, effective sizes, degrees of freedom,
# letters, tests and comparisons. Of a random table: c(hidden counts, standard errors that are shown, those counts that are
# narrowed). nets: see book_violations(); design: of rows with columns town and q; change: as in attack_book().
attack_figures <- function(seed, towns, people, threshold, design, nets = list(),
                           change = function(x, book, threshold) weeg_protect(x, book, threshold = threshold), scores = NULL) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  answers <- if (is.null(scores)) c("a", "b", "c") else names(scores)
  of_town <- as.matrix(expand.grid(rep(list(0:people), length(answers))))
  of_town <- of_town[rowSums(of_town) == people, , drop = FALSE]
  chosen <- as.matrix(expand.grid(rep(list(seq_len(nrow(of_town))), towns)))
  inside <- cbind(diag(length(answers)), vapply(nets, function(net) as.numeric(answers %in% net), numeric(length(answers))))
  by_town <- lapply(seq_len(towns), function(k) of_town[chosen[, k], , drop = FALSE] %*% inside)
  n <- t(do.call(cbind, c(list(Reduce(`+`, by_town)), by_town)))
  book_of <- function(i) {
    rows <- data.frame(town = rep(sprintf("T%d", seq_len(towns)), each = people),
                       q = factor(unlist(lapply(chosen[i, ], function(k) rep(answers, of_town[k, ]))), answers))
    if (!is.null(scores)) rows$score <- unname(scores[as.character(rows$q)])
    x <- design(rows)
    asked <- if (is.null(scores)) ~q else ~ q + score
    list(x = x, book = weeg_book(x, asked, ~town, answers = if (length(nets) > 0L) nets))
  }
  i <- sample(ncol(n), 1L)
  own <- book_of(i)
  safe <- change(own$x, own$book, threshold)
  cells <- safe$cells[safe$cells$outcome == "q", ]
  stopifnot(identical(own$book$cells$n[own$book$cells$outcome == "q"], as.numeric(n[, i])), agrees(safe, own$book))
  hidden <- is.na(cells$n)
  asked <- hidden & !(cells$statistic == "net" & n[, i] >= threshold)
  low <- high <- n[, i]
  narrow <- function() asked & ifelse(n[, i] < threshold, low > 0 | high < threshold - 1, high - low < threshold - 1)
  others <- setdiff(which(colSums(n[!hidden, , drop = FALSE] != n[!hidden, i]) == 0), i)
  for (j in others[sample.int(length(others))]) {
    if (!any(narrow())) break
    if (!any(narrow() & (n[, j] < low | n[, j] > high)) || !agrees(safe, book_of(j)$book)) next
    low <- pmin(low, n[, j])
    high <- pmax(high, n[, j])
  }
  c(hidden = sum(hidden), errors = sum(!is.na(safe$cells$std.error)), narrowed = sum(narrow()))
}

# Whether a book of all figures gives what a protected one shows. Where its standard errors are rounded, limits and p-values
# follow from them, the shares and public degrees of freedom.
agrees <- function(safe, book) {
  text <- attr(safe, "conventions")[["precision"]]
  digits <- if (is.null(text)) NULL else if (grepl("to 1 digit", text, fixed = TRUE)) 1:2 else 2L
  same <- function(shown, all, columns, rounded = NULL) {
    for (column in columns) {
      there <- !is.na(shown[[column]])
      a <- shown[[column]][there]
      b <- all[[column]][there]
      if (is.character(a)) {
        if (!identical(a, b)) return(FALSE)
        next
      }
      if (anyNA(b)) return(FALSE)
      close <- abs(a - b) <= 1e-9 * (1 + abs(a))
      if (column == "std.error") for (k in digits) close <- close | abs(a - signif(b * (1 + 1e-11), k)) <= 1e-9 * a
      if (!all(close)) return(FALSE)
    }
    TRUE
  }
  exact <- c("n", "n.base", "n.weighted", "estimate", "base.weighted", "std.error")
  follow <- c("conf.low", "conf.high", "n.effective", "deff", "base.effective", "higher")
  same(safe$cells, book$cells, c(exact, if (is.null(digits)) follow)) &&
    same(safe$comparisons, book$comparisons, c("n1", "n2", "estimate1", "estimate2", "estimate", "std.error",
                                              if (is.null(digits)) c("p.value", "conf.low", "conf.high"))) &&
    same(safe$tests, book$tests, c("n", "statistic", "p.value"))
}

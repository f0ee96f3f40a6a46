# Random releases of everything that weeg_protect() takes, about columns that hang together, for the attacker of
# helper-attacker.R. He knows how each column is made, computes it in plain R for every cell of the crossing, and asks besides
# of each two counts of which one is a part of the other, whether he can find out their difference.

# Ages, of which few are on the edges of classes; an answer `a` of any type, `b`, groups, two items; and what is made of them.
random_mixture <- function(seed) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  n <- pick(c(80, 200, 500))
  type <- pick(c("factor", "large", "labelled", "comma"))
  text <- switch(type, factor = letters[1:4], large = sprintf("%.0f", 1e5 * 1:4), labelled = c("one", "two", "three", "four"),
                 comma = c("a, b", "c", "a", "b, c"))
  share <- c(stats::rgamma(4, pick(c(0.4, 1, 3))) + 0.01)
  ages <- c(20, 30, 40, 41, 42, 60)
  i <- sample.int(4L, n, TRUE, share)
  if (chance(0.3)) i[stats::runif(n) < 0.06] <- NA
  age <- sample(ages, n, TRUE, c(3, 3, 3, pick(c(0.03, 0.1, 0.5)), pick(c(0.05, 0.3)), 6))
  b <- sample(c("p", "q"), n, TRUE, c(1, pick(c(0.1, 1))))
  g <- paste0("g", sample.int(pick(1:3), n, TRUE))
  m1 <- stats::runif(n) < pick(c(0.05, 0.4))
  m1[stats::runif(n) < pick(c(0, 0.04))] <- NA
  m2 <- i %in% 1L | stats::runif(n) < 0.1
  rows <- data.frame(i = i, age = age, b = b, g = g, m1 = m1, m2 = m2)
  levels <- lapply(rows, function(x) unique(sort(x, na.last = if (anyNA(x)) TRUE else NA)))
  if (type != "large") levels$i <- c(1:4, if (anyNA(i)) NA) # those that nobody has, too
  cells <- expand.grid(levels, KEEP.OUT.ATTRS = FALSE, stringsAsFactors = FALSE)
  own <- match(do.call(paste, rows), do.call(paste, cells))
  a_of <- function(i) switch(type, factor = factor(text[i], text), comma = factor(text[i], text), large = 1e5 * i, labelled =
                             structure(as.double(i), labels = stats::setNames(1:4, text),
                                       class = c("haven_labelled", "vctrs_vctr", "double")))
  data <- data.frame(rows[-1L], w = 1)
  data$a <- a_of(rows$i)
  cut_of <- function(breaks) function(x) as.character(cut(x, c(0, breaks, 100)))
  first <- cut_of(c(30, pick(c(40, 41))))
  second <- cut_of(c(pick(c(30, 20)), pick(c(41, 42))))
  data$first <- first(age)
  data$second <- second(age)
  quoted <- function(i) if (type %in% c("factor", "comma")) deparse(text[i]) else format(if (type == "large") 1e5 * i else i)
  some <- sort(sample(4L, 2L))
  expressions <- list(one = sprintf("I(a == %s & b == \"p\")", quoted(some[1L])),
                      some = sprintf("I(a %%in%% c(%s, %s))", quoted(some[1L]), quoted(some[2L])),
                      others = sprintf("I(a %%in%% c(%s, %s))", quoted(some[1L]), quoted((1:4)[-some][1L])),
                      young = "I(age <= 40)", younger = "I(age <= 41)", odd = "I(age > 30 & age < 42)",
                      both = "interaction(b, g)")
  made <- function(cells) {
    among <- function(x) ifelse(is.na(cells$i), NA, cells$i %in% x) # weeg takes missing to be missing here
    data.frame(a = text[cells$i], age = as.character(cells$age), b = cells$b, g = cells$g, m1 = cells$m1, m2 = cells$m2,
               one = (cells$i == some[1L]) & cells$b == "p", some = among(some),
               others = among(c(some[1L], (1:4)[-some][1L])), young = cells$age <= 40, younger = cells$age <= 41,
               odd = cells$age > 30 & cells$age < 42, both = paste0(cells$b, ".", cells$g), first = first(cells$age),
               second = second(cells$age))
  }
  known <- made(cells)
  for (name in names(expressions)) names(known)[names(known) == name] <- expressions[[name]]
  known[] <- lapply(known, as.character)
  theme <- list(c("a", "some", "others", "one", "b"), c("young", "younger", "odd", "first", "second"), c("both", "b", "g", "a"),
                c("a", "young", "younger", "b", "one"), c("m1", "m2", "b"))[[sample.int(5L, 1L)]]
  outcomes <- sample(theme, sample(2:3, 1L))
  by <- sample(c("", "g", "b", if (chance(0.3)) setdiff(theme, outcomes)[1L]), sample(1:2, 1L))
  full <- function(x) ifelse(x %in% names(expressions), unlist(expressions)[x], x)
  pairs <- expand.grid(o = outcomes, by = by, stringsAsFactors = FALSE)
  if (chance(0.3)) pairs <- data.frame(o = sample(c("b", "a"), 1L), by = outcomes)
  pairs <- pairs[pairs$o != pairs$by & !(pairs$o == "both" & pairs$by %in% c("b", "g")), ]
  if (nrow(pairs) == 0L) pairs <- data.frame(o = outcomes, by = "")
  kinds <- sample(c("proportion", "crosstab", "compare", "test", "total"), nrow(pairs), TRUE, c(8, 2, 2, 1, 1))
  kinds[pairs$by == "" & !kinds %in% "total"] <- "proportion"
  tables <- ifelse(nzchar(pairs$by), paste(full(pairs$o), "~", full(pairs$by)), paste("~", full(pairs$o)))
  if (any(theme == "m1")) {
    tables <- c(tables, "~ m1 + m2")
    kinds <- c(kinds, "multiple")
  }
  threshold <- pick(c(3, 5, 10))
  columns <- unique(unlist(lapply(tables, function(f) all_terms(f))))
  plain <- all(vapply(columns, is.name, NA)) && !any(kinds == "multiple")
  list(data = data, tables = unname(tables), kinds = kinds, threshold = threshold, cells = known, at = own,
       tally = if (plain && chance(0.5)) vapply(columns, deparse1, ""))
}

mixture_results <- function(release) {
  d <- weeg_design(release$data, lonely = "adjust")
  if (!is.null(release$tally)) {
    release$data$office <- rep_len(1:8, nrow(release$data))
    d <- weeg_design(release$data, cluster = ~office)
    d <- weeg_protect_tally(weeg_tally(d, stats::reformulate(release$tally)), "north", release$threshold)
  }
  made <- Map(function(table, kind) {
    f <- stats::as.formula(table)
    verb <- switch(kind, proportion = weeg_proportion, multiple = weeg_multiple, crosstab = weeg_crosstab,
                   test = weeg_test, total = weeg_total,
                   compare = function(d, f) weeg_compare(d, f, measures = "difference"))
    if (kind == "total") f <- stats::as.formula(paste("~", paste(vapply(all_terms(f), deparse1, ""), collapse = " + ")))
    tryCatch(verb(d, f), weeg_error = function(e) NULL)
  }, release$tables, release$kinds)
  list(design = d, results = unname(Filter(Negate(is.null), made)))
}

# The counts that comparisons, tests and totals tell: list(list(inside, shown)); a test that is shown is taken to tell all. Of a
# comparison or test that is not shown, small ones alone are hidden.
further_counts <- function(shown, cells, n, threshold) {
  is <- function(name, level) cells[[name]] %in% as.character(level)
  count <- function(inside, told) list(inside = which(inside), shown = if (told) sum(n[inside]) else NA)
  found <- list()
  for (k in seq_along(shown)) {
    x <- shown[[k]]
    info <- attr(x, "info")
    rows <- if (!inherits(x, "weeg_crosstab")) as.data.frame(x)
    if (inherits(x, "weeg_total")) {
      for (j in seq_len(nrow(rows))) {
        inside <- Reduce(`&`, lapply(info$outcomes, function(v) is(v, rows[[v]][j])))
        found <- c(found, list(count(inside, !is.na(rows$n[j]))))
      }
    } else if (inherits(x, "weeg_test")) {
      for (level in unique(cells[[info$outcomes]])) for (group in unique(cells[[info$groups]])) {
        if (is.na(level) || is.na(group)) next
        found <- c(found, list(count(is(info$outcomes, level) & is(info$groups, group), any(!is.na(rows$statistic)))))
      }
    } else if (inherits(x, "weeg_compare")) {
      for (j in seq_len(nrow(rows))) for (group in c(rows$group1[j], rows$group2[j])) {
        told <- !is.na(rows$estimate[j])
        group <- is(info$groups, sub("^[^=]* = ", "", group))
        found <- c(found, list(count(group & is(info$outcomes, rows$level[j]), told),
                               count(group & !is.na(cells[[info$outcomes]]), told)))
      }
    }
  }
  Filter(function(one) length(one$inside) > 0L && (!is.na(one$shown) || sum(n[one$inside]) < threshold), found)
}

# Of each two counts of which one is a part of the other, the rest, where it is of fewer than `threshold`, and of somebody. How
# many did not answer is no secret.
nested_differences <- function(counts, n, threshold, cells) {
  found <- list()
  for (x in counts) for (y in counts) {
    if (length(x$inside) >= length(y$inside) || !all(x$inside %in% y$inside)) next
    rest <- setdiff(y$inside, x$inside)
    if (any(vapply(cells[rest, , drop = FALSE], function(column) all(is.na(column)), NA))) next
    if (sum(n[rest]) %in% seq_len(threshold - 1)) found <- c(found, list(list(inside = rest, shown = NA)))
  }
  found
}

# How many hidden counts and small differences there are, how many follow exactly, and how many are narrowed: a count, or what
# is in the same counts, to less than 0 to threshold - 1, a difference of several such to less than the threshold.
attack_mixture <- function(seed, change, make = random_mixture, ...) {
  release <- make(seed)
  made <- mixture_results(release)
  if (length(made$results) == 0L) return(NULL)
  shown <- change(made$design, made$results, release$threshold)
  n <- tabulate(release$at, nrow(release$cells))
  tables <- function(x) !inherits(x, c("weeg_test", "weeg_compare", "weeg_total"))
  besides <- further_counts(shown, release$cells, n, release$threshold)
  seen <- Filter(tables, shown)
  counts <- seen_counts(seen, release$cells, secrets = besides)
  differences <- nested_differences(counts, n, release$threshold, release$cells)
  bounds <- attack(seen, release$cells, release$threshold, secrets = c(besides, differences), n = n, ...)
  key <- function(counts) vapply(counts, function(count) paste(count$inside, collapse = " "), "")
  several <- bounds$key %in% setdiff(key(differences), key(counts)) & bounds$atoms > 1
  narrow <- bounds$most < release$threshold - 1 + several - 1e-5 | bounds$least > 1e-5 & !several
  c(hidden = nrow(bounds), exact = sum(bounds$most - bounds$least < 0.5), narrowed = sum(narrow))
}

# ---- levels that nobody has ------------------------------------------------------------------------------------------

# A random release of a column with levels that nobody has, and of columns made of it by hand. No row shows in which class of
# these such a level lies, which may be one that nobody is in, listed or not; the attacker knows. That nobody is in a group is
# public.
random_unseen <- function(seed) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  n <- pick(c(40, 120, 400))
  k <- sample(3:5, 1L)
  text <- letters[seq_len(k)]
  had <- sort(sample.int(k, sample.int(k - 1L, 1L)))
  i <- had[sample.int(length(had), n, replace = TRUE, prob = stats::rgamma(length(had), pick(c(0.4, 1, 3))) + 0.02)]
  if (chance(0.2)) i[stats::runif(n) < 0.08] <- NA
  b <- sample.int(pick(2:3), n, replace = TRUE)
  as_type <- function(i, text, type = pick(c("factor", "labelled", "text"))) {
    each <- unique(text)
    switch(type, factor = factor(text[i], each), text = text[i],
           labelled = structure(as.double(match(text[i], each)), labels = stats::setNames(seq_along(each), each),
                                class = c("haven_labelled", "vctrs_vctr", "double")))
  }
  classes <- function(size) c("in", "out", "else")[sample.int(pick(2:3), size, replace = TRUE)]
  made <- list(made = classes(k), more = classes(k), copy = text)
  of_b <- classes(3L)
  yes <- c(TRUE, FALSE, sample(c(TRUE, FALSE), k - 2L, replace = TRUE))
  data <- data.frame(g = paste0("g", sample.int(pick(1:3), n, replace = TRUE)), w = 1)
  data$a <- as_type(i, text, pick(c("factor", "labelled")))
  data$b <- as_type(b, c("p", "q", "r"))
  for (name in names(made)) data[[name]] <- as_type(i, made[[name]])
  data$ofb <- as_type(b, of_b)
  data$m1 <- yes[i]
  data$m2 <- stats::runif(n) < 0.3
  grid <- expand.grid(i = c(seq_len(k), if (anyNA(i)) NA), b = 1:3, g = unique(data$g), m2 = c("FALSE", "TRUE"),
                      KEEP.OUT.ATTRS = FALSE, stringsAsFactors = FALSE)
  cells <- data.frame(a = text[grid$i], b = c("p", "q", "r")[grid$b], g = grid$g, ofb = of_b[grid$b],
                      m1 = as.character(yes[grid$i]), m2 = grid$m2, lapply(made, `[`, grid$i))
  cells[["interaction(a, b)"]] <- ifelse(is.na(cells$a), NA, paste0(cells$a, ".", cells$b))
  crossed <- if (is.factor(data$a) && is.factor(data$b)) "interaction(a, b)"
  outcomes <- unique(c(if (chance(0.8)) "a", sample(c("made", "made", "more", "copy", "ofb", crossed), sample.int(3L, 1L))))
  by <- pick(c("b", "g", ""))
  if (by == "b") outcomes <- union(setdiff(outcomes, c("ofb", crossed)), "made")
  if (by == "b") cells <- cells[cells$b %in% c("p", "q", "r")[b], ]
  items <- chance(0.25) && any(data$m1 %in% FALSE)
  tables <- c(paste("~", outcomes), if (nzchar(by)) paste(outcomes, "~", by), if (items) "~ m1 + m2")
  used <- unlist(lapply(tables, function(f) all_terms(f)))
  used <- unique(unlist(strsplit(vapply(used, deparse1, ""), " + ", fixed = TRUE)))
  list(data = data, tables = sample(tables), threshold = pick(c(3, 5, 10)), cells = unique(cells[used]))
}

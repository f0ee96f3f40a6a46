# An attacker who has a release and nothing else, and random releases for him to attack.
#
# He sees the rows of the results as printed: counts where they are shown. He knows what everybody knows: which questions there
# are, with which answers, which area is in which organisation and round, and which questions everybody answered. For each
# hidden count he finds the least and the largest value over all tables of persons, crossed by every variable of the release,
# that agree with all counts shown: a linear program, solved by GLPK. Nothing here is shared with R/release.R or R/hide.R, which
# treat each question by itself and use another solver.
#
# `secrets` are further counts, list(list(inside, shown)): those that he may not find out, such as of respondents whose group is
# missing, and those that he knows.

# Every count of a release: the cells (rows of `cells`, a data frame of levels, NA: missing) that it sums, and its value, NA
# where it is hidden. The same count in two tables is one; were it shown in one of them only, it would not be hidden.
# With `weighted`, the same for sums of weights: that of a base is the sum of weights of an answer over its proportion.
seen_counts <- function(results, cells, weighted = FALSE, secrets = list()) {
  counts <- list()
  see <- function(inside, n) {
    key <- paste(which(inside), collapse = " ")
    if (any(inside)) counts[[key]] <<- list(inside = which(inside), n = c(counts[[key]]$n, n))
  }
  for (secret in secrets) see(seq_len(nrow(cells)) %in% secret$inside, c(secret$shown, NA)[1L])
  as_weights <- function(rows) {
    rows$n <- rows$n.weighted
    rows$n.base <- rows$n.weighted / rows$estimate
    rows$n.base[rows$estimate %in% 0] <- NA
    rows
  }
  in_group <- function(rows, i, groups) {
    Reduce(`&`, lapply(groups, function(g) cells[[g]] %in% as.character(rows[[g]][i])), rep(TRUE, nrow(cells)))
  }
  for (x in results) {
    groups <- attr(x, "info")$groups
    crosstab <- inherits(x, "weeg_crosstab")
    rows <- if (crosstab) x$row else as.data.frame(x)
    # where all weights are 1, a percentage tells its base
    plain <- !weighted && !crosstab && isTRUE(all.equal(rows$n, rows$n.weighted)) && any(!is.na(rows$n))
    if (weighted) {
      rows <- as_weights(rows)
      if (crosstab) x[c("column", "total", "margin")] <- lapply(x[c("column", "total", "margin")], as_weights)
      if (crosstab) x$counts <- x$weighted
    }
    for (i in seq_len(nrow(rows))) {
      if (inherits(x, "weeg_multiple")) {
        # whoever has answered all items is in the base; some name the item, the others do not
        asked <- Reduce(`&`, lapply(cells[levels(rows$level)], Negate(is.na))) & in_group(rows, i, groups)
        named <- cells[[as.character(rows$level[i])]] %in% "TRUE"
        base <- c(rows$n.base[i], if (plain && rows$n[i] %in% 1:1e6) round(rows$n[i] / rows$estimate[i]))
        see(asked & named, rows$n[i])
        see(asked & !named, base - rows$n[i])
        see(asked, base)
        next
      }
      answer <- cells[[rows$outcome[i]]]
      see(in_group(rows, i, groups) & answer %in% as.character(rows$level[i]), rows$n[i])
      see(in_group(rows, i, groups) & !is.na(answer),
          c(rows$n.base[i], if (plain && rows$n[i] %in% 1:1e6) round(rows$n[i] / rows$estimate[i])))
      if (!crosstab) next
      grouped <- Reduce(`&`, lapply(cells[groups], Negate(is.na)))
      same <- match(rows$level[i], x$margin$level)
      see(in_group(rows, i, groups) & answer %in% as.character(rows$level[i]), c(t(x$counts))[i])
      see(grouped & answer %in% as.character(rows$level[i]), c(x$column$n.base[i], x$margin$n[same]))
      see(grouped & !is.na(answer), c(x$total$n.base[i], x$margin$n.base[same]))
    }
  }
  lapply(unname(counts), function(count) {
    shown <- count$n[!is.na(count$n)]
    stopifnot(length(shown) == 0L || max(abs(shown - shown[1L])) < 1e-9 * (1 + shown[1L]))
    list(inside = count$inside, n = c(shown, NA)[1L])
  })
}

# How far each hidden count can go: the least and the largest value that its table of counts shows possible. A value that a
# table already found has is not asked for again, so `least` 0 and `most` threshold - 1 are reached, not always exceeded.
# With `whole`, tables are of whole persons. `n` are the true numbers in cells, for the
# result, which then says how many kinds of cells each count sums.
attack <- function(results, cells, threshold, weighted = FALSE, secrets = list(), whole = FALSE, n = NULL) {
  true <- n
  counts <- seen_counts(results, cells, weighted, secrets)
  n <- vapply(counts, `[[`, 0, "n")
  # what is asked of sums of weights is asked of those of hidden counts: a shown base may have no sum of weights beside it
  hidden <- which(is.na(vapply(seen_counts(results, cells, secrets = secrets), `[[`, 0, "n")))
  # cells that are in the same counts are one
  pattern <- rep("", nrow(cells))
  for (i in seq_along(counts)) pattern[counts[[i]]$inside] <- paste(pattern[counts[[i]]$inside], i)
  kind <- unique(pattern[nzchar(pattern)])
  of <- lapply(strsplit(trimws(kind), " "), as.integer)
  sums <- slam::simple_triplet_matrix(unlist(of), rep(seq_along(of), lengths(of)), rep(1, length(unlist(of))),
                                      nrow = length(counts), ncol = length(of))
  shown <- which(!is.na(n))
  least <- rep(Inf, length(n))
  most <- rep(-Inf, length(n))
  for (max in c(FALSE, TRUE)) for (i in hidden) {
    if (if (max) most[i] >= threshold - 1 else least[i] <= 0) next
    objective <- as.numeric(slam::col_sums(sums[i, ]))
    found <- Rglpk::Rglpk_solve_LP(objective, sums[shown, ], rep("==", length(shown)), n[shown], max = max,
                                   bounds = list(upper = list(ind = seq_along(of), val = rep(1e4, length(of)))))
    if (whole && max(abs(found$solution - round(found$solution))) > 1e-6) {
      found <- Rglpk::Rglpk_solve_LP(objective, sums[shown, ], rep("==", length(shown)), n[shown], max = max,
                                     bounds = list(upper = list(ind = seq_along(of), val = rep(1e4, length(of)))),
                                     types = rep("I", length(of)))
    }
    if (found$status != 0) stop("the attacker's linear program failed")
    values <- as.numeric(slam::matprod_simple_triplet_matrix(sums, matrix(found$solution)))
    least <- pmin(least, values)
    most <- pmax(most, values)
  }
  found <- data.frame(least = least[hidden], most = most[hidden])
  if (is.null(true)) return(found)
  found$n <- vapply(counts[hidden], function(count) sum(true[count$inside]), 0)
  found$key <- vapply(counts[hidden], function(count) paste(count$inside, collapse = " "), "")
  found$atoms <- tabulate(as.integer(unlist(of)), length(counts))[hidden]
  found
}

# The solvers' rounding is far below this, a respondent far above.
violations <- function(bounds, threshold) sum(bounds$least > 1e-5 | bounds$most < threshold - 1 - 1e-5)

# A random release: list(data, tables: formulas, threshold, cells: the attacker's knowledge). A `rich` one also has questions with
# several answers, answers taken together, and a group that is missing for some.
random_release <- function(seed, rich = FALSE) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  areas <- random_areas()
  rows <- areas[rep(seq_len(nrow(areas)), pmax(1L, round(stats::rexp(nrow(areas), 1 / pick(c(8, 20, 40)))))), ]
  questions <- sample.int(3L, 1L, prob = c(6, 3, 1))
  for (q in seq_len(questions)) rows[[paste0("q", q)]] <- random_answers(rows$area)
  # weights of mean 1, so that sums of weights are like counts
  w <- if (chance(0.3)) stats::rlnorm(nrow(rows), 0, 0.7) else rep(1, nrow(rows))
  rows$w <- w / mean(w)
  rownames(rows) <- NULL
  groups <- c(if (chance(0.8)) "", if (chance(0.7)) "organisation", if (chance(0.9)) "area", if (chance(0.4)) "round",
              if (chance(0.2)) "organisation + round", if (chance(0.15)) "area + round")
  if (length(groups) == 0L) groups <- c("", "area")
  tables <- unlist(lapply(seq_len(questions), function(q) {
    mine <- if (chance(0.7)) groups else sample(groups, sample.int(length(groups), 1L))
    ifelse(nzchar(mine), paste0("q", q, " ~ ", mine), paste0("~ q", q))
  }))
  if (questions > 1L && chance(0.2)) tables <- c(tables, "q1 ~ q2")
  threshold <- pick(c(3, 5, 10))
  if (!rich) return(list(data = rows, tables = tables, threshold = threshold, cells = attacker_cells(rows, tables)))
  mine <- sample(groups, 1L)
  of <- function(outcome, by) ifelse(nzchar(by), paste(outcome, "~", by), paste("~", outcome))
  kind <- chance(0.5)
  if (kind) rows$kind <- random_kinds(nrow(rows))
  for (i in 1:2) rows[[paste0("m", i)]] <- stats::runif(nrow(rows)) < pick(c(0.05, 0.3, 0.97))
  if (chance(0.5)) rows$m1[stats::runif(nrow(rows)) < 0.1] <- NA
  tables <- c(if (kind) of("q1", unique(c("", "kind", mine))) else tables[!grepl("q[23]", tables)],
              if (chance(0.6)) of(merged_answer, mine), if (chance(0.7)) of("m1 + m2", unique(c("", mine))))
  # which organisation was in which round is public through the areas alone
  if (!any(grepl("area", tables))) tables <- tables[!grepl("organisation + round", tables, fixed = TRUE)]
  release <- list(data = rows, tables = tables, threshold = threshold, cells = attacker_cells(rows, tables))
  if (kind) release$secrets <- unnamed_secrets(rows, release$cells, "q1", "kind", threshold)
  release
}

merged_answer <- "I(q1 == \"a\")"

random_kinds <- function(n) {
  kinds <- factor(sample(c("x", "y"), n, replace = TRUE))
  kinds[stats::runif(n) < pick(c(0.03, 0.15))] <- NA
  kinds
}

# The small counts of those who answered but whose group is missing.
unnamed_secrets <- function(rows, cells, outcome, group, threshold) {
  n <- table(rows[[outcome]][is.na(rows[[group]])])
  if (sum(n) == 0) return(list())
  lapply(names(n)[n < threshold], function(level) {
    list(inside = which(is.na(cells[[group]]) & cells[[outcome]] %in% level), n = n[[level]])
  })
}

# Areas in organisations; each in one round, or in both.
random_areas <- function() {
  organisations <- sample.int(4L, 1L, prob = 4:1)
  size <- sample.int(4L, organisations, replace = TRUE, prob = 4:1)
  areas <- data.frame(organisation = rep(letters[seq_len(organisations)], size), area = paste0("A", seq_len(sum(size))))
  rounds <- sample.int(2L, 1L)
  if (rounds == 2L && chance(0.3)) return(merge(areas, data.frame(round = c("1", "2"))))
  areas$round <- as.character(sample.int(rounds, nrow(areas), replace = TRUE))
  areas
}

# Answers of which some are rare, some areas give one only, and some are missing.
random_answers <- function(area) {
  levels <- letters[seq_len(sample(2:4, 1L, prob = 3:1))]
  skew <- pick(c(0.3, 1, 3))
  answers <- character(length(area))
  for (a in unique(area)) {
    share <- stats::rgamma(length(levels), skew) + 1e-9
    answers[area == a] <- sample(levels, sum(area == a), replace = TRUE, prob = share)
  }
  if (chance(0.3)) answers[stats::runif(length(area)) < 0.1] <- NA
  factor(answers, levels = levels)
}

# Every cell of the crossing that the attacker thinks possible: groups nest as everybody knows.
attacker_cells <- function(rows, tables) {
  used <- unique(unlist(lapply(tables, function(f) all.vars(stats::as.formula(f)))))
  nested <- intersect(c("organisation", "area", "round"), used)
  places <- unique(rows[intersect(c("organisation", "area", "round"), names(rows))])
  if (!all(table(unique(places[c("area", "round")])$area) == 1L)) {
    # in both rounds: an area may be in any, an organisation too
    places <- merge(unique(places[c("organisation", "area")]), unique(places["round"]))
  }
  places <- unique(places[nested])
  # that an organisation was not in a round follows from the areas; without them it is known where one lies within the other
  within <- function(inner, other) all(table(unique(rows[c(inner, other)])[[inner]]) == 1L)
  if (identical(nested, c("organisation", "round")) && !within("organisation", "round") && !within("round", "organisation")) {
    places <- merge(unique(rows["organisation"]), unique(rows["round"]))
  }
  answers <- lapply(rows[setdiff(used, nested)], function(x) c(levels(as.factor(x)), if (anyNA(x)) NA))
  questions <- expand.grid(answers, KEEP.OUT.ATTRS = FALSE, stringsAsFactors = FALSE)
  if ("q1" %in% used) questions[[merged_answer]] <- as.character(questions$q1 == "a")
  if (length(nested) == 0L) questions else merge(places, questions)
}

# The tables of a release, of which some are cross-tabs.
release_tables <- function(release) {
  d <- weeg_design(release$data, weights = ~w, lonely = "adjust")
  results <- lapply(seq_along(release$tables), function(i) {
    f <- stats::as.formula(release$tables[i])
    if ("m1" %in% all.vars(f)) return(weeg_multiple(d, f))
    if (length(f) == 3L && i %% 3L == 0L) weeg_crosstab(d, f) else weeg_proportion(d, f)
  })
  list(design = d, results = results)
}

# What a release tells an attacker after `change` hid some of it: the number of hidden counts, and how many he narrows down,
# or whose sums of weights he does.
attack_release <- function(seed, change, ..., make = random_release) {
  release <- make(seed, ...)
  made <- release_tables(release)
  shown <- change(made$design, made$results, release$threshold)
  bounds <- attack(shown, release$cells, release$threshold, secrets = release$secrets)
  found <- violations(bounds, release$threshold)
  if (any(release$data$w != 1)) {
    # only how small: how many respondents a sum of weights is cannot be known
    shown <- Map(with_exact_sums, shown, made$results)
    found <- found + violations(attack(shown, release$cells, -Inf, weighted = TRUE, secrets = release$secrets), -Inf)
  }
  c(hidden = nrow(bounds), violations = found)
}

# ---- columns that follow from others ---------------------------------------------------------------------------------

# A random release of tables of columns that follow from others: expressions of a variable of any type, of two variables, of
# groups, and columns that were made beforehand. The attacker knows how each follows, and computes it in plain R.
random_relations <- function(seed) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  n <- pick(c(60, 150, 400))
  k <- sample(3:4, 1L)
  type <- pick(c("factor", "text", "large", "labelled", "odd", "date", "number"))
  values <- switch(type, factor = factor(letters[1:k], letters[1:(k + chance(0.3))]), text = letters[1:k], large = 1e5 * 1:k,
                   labelled = 1:k, odd = factor(c("1e+05", "a, b", "NA", "x\ry")[1:k]), date = as.Date("2020-01-01") + 31 * 1:k,
                   number = c(-1.5, 0, 1e-3, 2.25)[1:k])
  codes <- sample.int(k, n, replace = TRUE, prob = stats::rgamma(k, pick(c(0.4, 1, 3))) + 0.01)
  if (chance(0.3)) codes[stats::runif(n) < 0.08] <- NA
  b <- factor(sample(c("p", "q", "r")[1:sample(2:3, 1L)], n, replace = TRUE, prob = NULL))
  if (chance(0.3)) b[stats::runif(n) < 0.1] <- NA
  g <- factor(paste0("g", sample.int(pick(1:3), n, replace = TRUE)))
  text <- switch(type, factor = levels(values), odd = levels(values), large = sprintf("%.0f", values),
                 labelled = c("one", "two", "three", "four")[1:k], as.character(values))
  all <- seq_along(text) # of levels, of which a factor may have one that no row has
  own <- if (is.factor(values)) match(as.character(values), text) else seq_len(k)
  data <- data.frame(a = if (is.factor(values)) factor(text[own][codes], text) else values[codes], b = b, g = g, w = 1)
  if (type == "labelled") {
    data$a <- structure(as.double(codes), labels = stats::setNames(1:k, text),
                        class = c("haven_labelled", "vctrs_vctr", "double"))
  }
  some <- sort(sample(all, sample(seq_len(length(all) - 1L), 1L)))
  one <- sample(all, 1L)
  quoted <- function(i) switch(type, large = , number = , labelled = deparse(as.vector(values)[i]),
                               deparse(if (type == "date") text[i] else text[i]))
  in_some <- sprintf("I(a %%in%% c(%s))", paste(vapply(some, quoted, ""), collapse = ", "))
  is_one <- if (type %in% c("factor", "odd") && !one %in% own) own[1L] else one
  both <- sprintf("I(a == %s & b == \"p\")", quoted(is_one))
  made <- function(i) ifelse(is.na(i), NA, ifelse(i %in% some, "in", "out"))
  said <- switch(type, labelled = text[codes], large = sprintf("%.0f", data$a), as.character(data$a))
  at <- match(said, text)
  data$copy <- text[at]
  data$made <- made(at)
  grid <- expand.grid(i = c(all, if (anyNA(at)) NA), b = c(levels(b), if (anyNA(b)) NA), g = levels(g), KEEP.OUT.ATTRS = FALSE,
                      stringsAsFactors = FALSE)
  cells <- data.frame(a = text[grid$i], b = grid$b, g = grid$g)
  cells$copy <- cells$a
  cells$made <- made(grid$i)
  cells[[in_some]] <- as.character(ifelse(is.na(grid$i), NA, grid$i %in% some))
  cells[[both]] <- as.character(grid$i == is_one & grid$b == "p")
  cells[["interaction(a, b)"]] <- ifelse(is.na(grid$i) | is.na(grid$b), NA, paste0(cells$a, ".", cells$b))
  cells[["paste(a, b)"]] <- ifelse(is.na(grid$i) | is.na(grid$b), NA, paste(cells$a, cells$b))
  cells[["I(b == \"p\")"]] <- as.character(grid$b == "p")
  cells[["ifelse(b == \"p\", \"yes\", \"no\")"]] <- ifelse(grid$b == "p", "yes", "no")
  crossed <- if (type %in% c("factor", "odd", "text")) c("interaction(a, b)", "paste(a, b)")
  of_b <- c("I(b == \"p\")", "ifelse(b == \"p\", \"yes\", \"no\")")
  outcomes <- c("a", sample(c(in_some, both, crossed, "made", "copy", of_b, "b"), sample(1:3, 1L)))
  if (chance(0.3)) outcomes <- setdiff(outcomes, "a")
  tables <- unlist(lapply(outcomes, function(o) {
    by <- setdiff(c("", sample(c("b", "g", of_b[1L]), 1L)), if (o %in% c("b", of_b, both, crossed)) c("b", of_b))
    ifelse(nzchar(by), paste(o, "~", by), paste("~", o))
  }))
  used <- unique(unlist(lapply(tables, function(f) vapply(all_terms(f), deparse1, ""))))
  list(data = data, tables = unique(tables), threshold = pick(c(3, 5, 10)), cells = unique(cells[used]))
}

all_terms <- function(f) as.list(stats::as.formula(f))[-1L]

# Sums of weights and shares to the last digit, where they are shown at all: that is more than is released.
with_exact_sums <- function(shown, made) {
  exact <- function(x, y, columns) {
    for (column in columns) x[[column]] <- ifelse(is.na(x[["n"]]) | is.na(x[["n.base"]]), x[[column]], y[[column]])
    x
  }
  if (!inherits(shown, "weeg_crosstab")) return(exact(shown, made, c("estimate", "n.weighted")))
  for (part in c("row", "column", "total", "margin")) {
    shown[[part]] <- exact(shown[[part]], made[[part]], c("estimate", "n.weighted"))
  }
  shown$weighted <- ifelse(is.na(shown$weighted), NA, made$weighted)
  shown
}

#' Tests of independence, goodness of fit, order, and conditional independence
#'
#' Does the answer depend on the group? Do the answers have specified proportions? Do groups have the same mean? Design-based
#' tests.
#'
#' @section Tests of independence, `outcome ~ group`:
#' Let X2 be Pearson's statistic of the weighted proportions, scaled to the n rows with both variables observed; V the
#' design covariance of the cell proportions; D their diagonal; C contrasts of interaction; and Delta =
#' (C'D^-1 C / n)^-1 (C'D^-1 V D^-1 C), whose eigenvalues delta are generalised design effects. Under independence X2 is
#' distributed as the sum of delta_i times independent chi-squared variables with 1 degree of freedom.
#' * `"rao-scott-f"`: second-order correction, X2 / tr(Delta) referred to F(d, d nu), d = tr(Delta)^2 / tr(Delta^2), nu
#'   the design degrees of freedom (Rao and Scott 1984; Thomas and Rao 1987). The default in package survey and in Stata.
#' * `"rao-scott-chisq"`: first-order correction, X2 / mean eigenvalue referred to chi-squared with (r-1)(c-1) degrees of
#'   freedom (Rao and Scott 1981).
#' * `"rao-scott-deff"`: the same with the design correction of SAS's SURVEYFREQ (its default, CHISQ) for the mean
#'   eigenvalue: \[sum (1-p_rc) d_rc - sum (1-p_r.) d_r. - sum (1-p_.c) d_.c\] / ((r-1)(c-1)), with d the design effects of
#'   cells and margins (Rao and Scott 1984). It is X2 / (k F), F being the statistic that SAS refers to F(k, k nu).
#' * `"rao-scott-lr"`: as `"rao-scott-f"`, of the likelihood-ratio statistic G2 = 2 n sum p log(p / (p_r. p_.c)).
#' * `"lincom"`: X2 referred to the distribution of that sum itself, divided by an independent chi-squared variable with
#'   d nu degrees of freedom over d nu (under replicate weights not divided, as in survey). Computed by integration along
#'   the saddlepoint (Rice 1980), with relative error below 1e-10 for any p, however small.
#' * `"saddlepoint"`: the same by the saddlepoint approximation (Kuonen 1999), with an error of a few per cent.
#' * `"wald"`: W / k referred to F(k, nu), with W the Wald statistic of the k = (r-1)(c-1) residuals of the weighted
#'   counts, T_rc - T_r. T_.c / T (Koch, Freeman and Freeman 1975). Rejects too often when nu is not much larger than k.
#' * `"rao-scott-exact"`: X2 / tr(V), with V the design covariance of the residuals under independence, on its own
#'   distribution in samples of few PSUs: see [weeg_conventions()]. `num.df` is the number of equal design effects
#'   that V is worth, and `den.df` that with which an F distribution has the p-value. Without clusters, under
#'   replicate weights, with `pps` and where degrees of freedom are given (`df` of [weeg_design()]), `"rao-scott-f"`; where the
#'   margin that its model goes by has more than 16 levels, or one PSU alone has rows, `"rao-scott-effective"`. `method` says so.
#'   The model takes one margin as given, the group's where both serve as well, so p-values of `y ~ g` and of `g ~ y` may differ
#'   a little (mostly by a few percent of themselves); the statistic does not.
#' * `"rao-scott-effective"`: the same statistic referred to F(k, k d), k its `num.df` and d the degrees of freedom of tr(V)
#'   by Satterthwaite's formula under the model of [weeg_conventions()].
#' * `"adjusted-wald"`: W (nu - k + 1) / (k nu) referred to F(k, nu - k + 1) (Fellegi 1980).
#'
#' @section Goodness of fit, `~ outcome`:
#' These methods (except `"rao-scott-deff"`) test whether the proportions equal those specified in `p`:
#' X2 = n sum (p - q)^2 / q, and Delta = n (diag(q) - qq')^-1 V with V the covariance of the proportions (Rao and Scott
#' 1981). `survey::svygofchisq()` takes the population size for n and nu for infinite, and linearises at the observed total.
#' For `"rao-scott-exact"` and `"rao-scott-effective"` V is that of the residuals (p - q) / sqrt(q), linearised at q, and
#' `num.df` the number of answers less one.
#'
#' @section Ordered answers:
#' * `"wilcoxon"` (two groups), `"kruskal-wallis"`: do the groups have the same mean rank? Ranks are the mid-ranks of the
#'   weighted distribution, so rows with the same answer share one; the statistic is the Wald statistic of the k
#'   differences of the groups' mean ranks, referred to F(k, nu - k), with nu for the rows used (Lumley and Scott 2013). For
#'   two groups it is the square of the t of `survey::svyranktest()`, which gives ties different ranks when their weights
#'   differ.
#' * `"van-der-waerden"`, `"median"`: the same with normal scores of the ranks, or whether they are above one half.
#' * `"trend"`: linear trend of outcome over group, both ordered: the sum of w (u - mean u)(v - mean v), u and v the values
#'   of numbers, or 1, 2, ... for ordered factors, over its standard error, squared, referred to F(1, nu). With two
#'   answers this is a Cochran-Armitage test. Under the conventions `"weeg"`, without `given`, referred to its own
#'   distribution in samples of few PSUs, as by `"rao-scott-exact"`.
#' A text or an unordered factor is an error of class `weeg_error_variable`.
#'
#' @section Equal means, `number ~ group`:
#' * `"mean"`: do the groups have the same mean of a number? The Wald statistic of the k differences of means, with their
#'   design covariance (scores of [weeg_mean()]), referred to F(k, nu - k), nu for the rows used: `survey::regTermTest()` of the
#'   groups in `survey::svyglm(number ~ group)`, for two groups the square of the t of `survey::svyttest()`. Two groups under the
#'   conventions `"weeg"`: the statistic's own distribution in samples of few PSUs, `den.df` being that with which an F
#'   distribution has the p-value. Differences of pairs: `measures = "mean-difference"` of [weeg_compare()].
#'
#' @section Given a third variable, `given = ~ h`:
#' Are outcome and group independent within each level of h? The residuals observed minus expected are computed within the
#' levels of h and added up, as Cochran, Mantel and Haenszel do, so associations of opposite direction cancel. X2 is the
#' generalised Mantel-Haenszel statistic of the weighted table scaled to n rows (Landis, Heyman and Koch 1978, with n in
#' place of n - 1), and Delta compares the design covariance of the residuals with that under simple random sampling.
#' Available: all methods for independence except `"rao-scott-lr"`, `"rao-scott-deff"`, `"rao-scott-exact"` and
#' `"rao-scott-effective"`, and `"trend"`.
#'
#' @section Many groups:
#' The Rao-Scott tests need a matrix of the contrasts, (r-1)(c-1) by (r-1)(c-1): at most 4096 contrasts, `"lincom"` and
#' `"saddlepoint"`, which need its eigenvalues, 1024, and the Wald, rank and conditional tests, which factor it, 2048.
#' For more, merge levels; to find which of many areas stand out, use [weeg_funnel()].
#'
#' @section Groups in one PSU:
#' Where all rows of a group are in one PSU, the design gives no information on how its answers would vary between
#' samples: see [weeg_compare()]. The test of independence needs that too, so it does not exist, and `reason` names the
#' groups: leave them out, or merge them. That is so where a group has two or more answers, all in one PSU, and likewise
#' an answer with two or more groups: the contrasts between these have scores that sum to 0 over the PSU. It also holds
#' conditional on a third variable, and for rank tests of any group in one PSU (or a single row in a design without
#' clusters), whose mean rank would be treated as known. `"trend"` compares PSUs with one another, and does not need
#' several for each group.
#'
#' @inheritParams weeg_proportion
#' @param formula `outcome ~ group`, or `~ outcome` for goodness of fit. Several outcomes, `a + b ~ group`, are tested
#'   separately; several groups are crossed.
#' @param method The test; `NULL`: that of the design's [conventions][weeg_conventions], `r usual("test")` unless others were
#'   chosen.
#' @param proportions Where the design effects of the Rao-Scott tests of independence are evaluated: at the `"observed"`
#'   proportions, or at those under independence (`"null"`, as SAS's MODIFIED option). `NULL`: by the conventions, which is
#'   `r usual("proportions")`.
#' @param given A one-sided formula: the test conditions on these variables.
#' @param p The proportions specified by the hypothesis for `~ outcome`, in the order of the levels or named by them,
#'   above 0, with sum 1. Named proportions can leave out a level without observations. `NULL`: equal proportions for all
#'   levels.
#' @param answers Answers, and nets of them ([weeg_nets]), each of which is tested against all others: a test for each, named in
#'   a column `level`. `NULL`: one test of all answers.
#' @return A data frame of class `weeg_test` with one row per outcome: `outcome`, `group` (`"group | h"` given h; `NA` for
#'   goodness of fit), `method`, `statistic`, `num.df`, `den.df` (`NA` for chi-squared and sums of them; `Inf` where no F
#'   distribution has a p-value as small as the law's), `p.value`, `chisq` (X2), `deff.mean` (mean eigenvalue of Delta),
#'   `cramers.v` (of the weighted proportions, without bias correction), `n`,
#'   `df` (nu) and `reason`, which says why a test does not exist. Rows and columns of the table without data are left
#'   out. nu is based on all rows of the domain, including those with a missing answer, except in the rank tests, as in
#'   survey.
#' @references Rao and Scott (1981), JASA 76, 221-230; (1984), Annals of Statistics 12, 46-60. Thomas and Rao (1987), JASA
#'   82, 630-636. Fellegi (1980), JASA 75, 261-268. Rice (1980), SIAM Journal on Scientific and Statistical Computing 1,
#'   438-448. Kuonen (1999), Biometrika 86, 929-935. Lumley and Scott (2013), Biometrika 100, 831-842. Landis, Heyman and
#'   Koch (1978), International Statistical Review 46, 237-254.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_test(d, strengths ~ provider)
#' weeg_test(d, strengths + growth + relapse ~ provider, method = "adjusted-wald")
#' weeg_test(d, strengths ~ provider, given = ~ ronde)
#' weeg_test(d, ~ strengths)
#' weeg_test(d, strengths ~ provider, answers = list("top 2" = c("grotendeels", "helemaal")))
#' weeg_test(d, leeftijd ~ provider, method = "kruskal-wallis")
#' weeg_test(d, leeftijd ~ provider, method = "mean")
#' @export
weeg_test <- function(data, formula, method = NULL, proportions = NULL, given = NULL, p = NULL, answers = NULL,
                      missing = NULL) {
  if (is_imputed(data)) return(pooled_test(data, formula, method, given, p, answers, missing))
  need_given(data)
  parts <- parse_formula(formula, data)
  given_formulas("given", variables_of(data), wrong = FALSE)
  data <- weeg_design(data)
  usual <- by_convention(NULL, data, "test")
  # SAS's correction is one of a two-way table
  if (usual == "rao-scott-deff" && (length(parts$groups) == 0L || !is.null(given))) usual <- "rao-scott-chisq"
  if (usual == "rao-scott-exact" && !is.null(given)) usual <- "rao-scott-f"
  if (is.null(method)) method <- usual
  method <- one_of(method, c(test_methods, order_tests, mean_tests), "method")
  proportions <- one_of(by_convention(proportions, data, "proportions"), proportion_choices, "proportions")
  check_question(parts, method, p, given)
  asked <- asked_answers(answers)
  if (!is.null(answers) && length(parts$groups) == 0L) {
    abort("argument", "a test of `answers` needs a group: outcome ~ group",
          hint = "weeg_compare(data, ~ outcome, answers = , against = 0.5) compares an answer, or a net, with a figure")
  }
  method <- test_done(method, data)
  kind <- test_kind(parts, method, given)
  if (!is.null(given)) given <- given_terms(given, parts)
  parts$given <- given
  test_one <- function(data, parts, outcome, missing) {
    switch(kind,
      shares = shares_test(data, parts, outcome, missing, method, p),
      rank = rank_test(data, parts, outcome, missing, method),
      mean = mean_test(data, parts, outcome, missing),
      given = ,
      trend = given_test(data, parts, outcome, missing, method),
      independence = independence_test(data, parts, outcome, missing, method, proportions)
    )
  }
  done <- lapply(names(parts$outcomes), function(outcome) {
    if (is.null(answers)) return(test_one(data, parts, outcome, missing))
    answers_test(data, parts, outcome, asked, missing, test_one)
  })
  result <- if (length(done) == 1L) done[[1L]]$row else do.call(rbind, lapply(done, `[[`, "row"))
  tables <- lapply(done, `[[`, "table")
  info <- tables_info(tables, parts)
  info$method <- method
  info$kind <- kind
  info <- answers_info(info, asked)
  info <- given_info(info, given, tables[[1L]]$tally)
  said <- test_conventions(tables[[1L]]$tally, result$method, proportions, kind, done[[1L]]$shares, given,
                           !are_whole(result$den.df))
  new_result(result, "weeg_test", info, said)
}

# The test that is done where this one is asked for: without clusters, and where replicates stand for them, there is no law of
# few PSUs.
test_done <- function(method, x) {
  if (method %in% model_tests && !has_law(x)) "rao-scott-f" else method
}

# Of few PSUs, by a working model. The core does the second where it has no law for the first.
model_tests <- c("rao-scott-exact", "rao-scott-effective")

test_kind <- function(parts, method, given) {
  if (length(parts$groups) == 0L) return("shares")
  if (method %in% names(rank_scores)) return("rank")
  if (method %in% mean_tests) return("mean")
  if (method == "trend") return("trend")
  if (is.null(given)) "independence" else "given"
}

# Refuses combinations of arguments that ask no question.
check_question <- function(parts, method, p, given) {
  ranks <- method %in% names(rank_scores)
  if (length(parts$groups) == 0L) {
    if (ranks || method %in% c("trend", mean_tests)) abort("formula", "\"", method, "\" needs a group: outcome ~ group")
    if (method == "rao-scott-deff") {
      abort("argument", "\"", method, "\" is a test of independence: outcome ~ group")
    }
    if (!is.null(given)) abort("formula", "a test conditional on `given` needs a group: outcome ~ group")
    return(invisible())
  }
  if (!is.null(p)) abort("argument", "`p` is for goodness of fit, which has no group: ~ outcome")
  if (!is.null(given) && (ranks || method %in% c("rao-scott-lr", "rao-scott-deff", model_tests, mean_tests))) {
    abort("argument", "\"", method, "\" has no form conditional on `given`",
          hint = if (ranks || method %in% mean_tests) "For ordered answers use method = \"trend\"" else "Use \"rao-scott-f\"")
  }
  if (method == "trend" && length(parts$groups) > 1L) abort("formula", "a trend needs one group: outcome ~ group")
}

test_conventions <- function(tally, method, proportions, kind = "independence", shares = NULL, given = NULL,
                             few = FALSE) {
  detail <- if (kind == "shares") {
    equal <- all(abs(shares - 1 / length(shares)) < 1e-12)
    if (equal) "equal proportions" else paste("shares", paste(format_shares(shares), collapse = "; "))
  } else if (kind == "independence" && !any(method %in% c("wald", "adjusted-wald", model_tests))) {
    paste("design effects at", proportions, "p")
  }
  done <- paste(unique(method), collapse = ", ")
  c(test = if (is.null(detail)) done else paste0(done, " (", detail, ")"),
    design_conventions(tally, any(method %in% model_tests) || (kind == "trend" && is.null(given)) ||
                         (kind == "mean" && few)))
}

# A first-order test of independence with the design effects that are usual.
observed_test <- function(method) paste0(method, " (design effects at observed p)")

# All with the decimals of the smallest, unless these are very many.
format_shares <- function(shares) {
  if (any(shares < 1e-6)) formatC(shares, digits = 3L, format = "g") else format(shares, digits = 3L, scientific = FALSE)
}

# One row of a result from what the core found, or several.
test_frame <- function(found, outcome, group, method) {
  method <- if (method %in% model_tests) test_methods[found$method] else rep(method, length(found$reason))
  list_frame(list(
    outcome = outcome, group = group, method = method, statistic = found$statistic, num.df = found$df1,
    den.df = ifelse(is.infinite(found$df2) & method != "rao-scott-exact", NA_real_, found$df2),
    p.value = found$p.value, chisq = found$chisq,
    deff.mean = found$deff.mean, cramers.v = found$cramers.v, n = found$n, df = found$df, reason = found$reason
  ))
}

method_number <- function(method) match(method, test_methods) - 1L

# ---- independence ------------------------------------------------------------------------------------------------------

independence_test <- function(data, parts, outcome, missing, method, proportions) {
  table <- prepare_table(data, parts, outcome, missing)
  list(table = table, row = test_row(table, outcome, names(parts$groups), method, proportions))
}

test_row <- function(table, outcome, groups, method, proportions) {
  places <- table$places
  found <- checked_estimate(.Call(C_test, table$tally, places, method_number(method), proportions == "null"), table$tally)
  found <- name_alone(found, names_alone(table$tally, places, grid_labels(table$grid),
                                         table$tally$variables[[outcome]]$levels))
  test_frame(found, outcome, paste(groups, collapse = " + "), method)
}

# Each of some answers and nets against all others, as if it were a net of its own.
answers_test <- function(data, parts, outcome, asked, missing, test_one) {
  each <- tally_of_outcome(data, parts, outcome, asked, missing)
  levels <- unique(find_answers(asked$levels, each$levels, outcome, none = length(asked$nets) > 0L))
  sets <- c(stats::setNames(as.list(levels), levels), asked$nets)
  done <- lapply(names(sets), function(name) {
    each$parts$net <- list(name = name, levels = sets[[name]])
    test_one(each$tally, each$parts, outcome, "domain")
  })
  row <- do.call(rbind, lapply(done, `[[`, "row"))
  row <- list_frame(c(list(outcome = row$outcome, level = factor(names(sets), names(sets))), as.list(row)[-1L]))
  list(row = row, table = list(tally = each$tally), shares = NULL)
}

# ---- goodness of fit ---------------------------------------------------------------------------------------------------

shares_test <- function(data, parts, outcome, missing, method, p) {
  table <- prepare_table(data, parts, outcome, missing)
  shares <- check_shares(p, table$tally$variables[[outcome]]$levels, outcome, level_counts(table))
  found <- .Call(C_test_shares, table$tally, table$places, shares, method_number(method))
  if (inherits(found, "weeg_failure") && isTRUE(found$facts$limit > 0)) {
    abort("argument", "the proportion of \"", table$tally$variables[[outcome]]$levels[found$where + 1], "\" in `p` is ",
          format(found$facts$value), ", less than ", format(found$facts$limit), hint = small_share_hint)
  }
  found <- checked_estimate(found, table$tally)
  list(table = table, row = test_frame(found, outcome, NA_character_, method), shares = shares[!is.na(shares)])
}

# Rows with each answer.
level_counts <- function(table) {
  places <- table$places
  places$group <- ifelse(places$group < 0L, -1L, places$level)
  places$groups <- places$levels
  group_counts(list(tally = table$tally, places = places))
}

# Shares of the levels; NULL: equal ones. NA: a level without rows (n) that named shares leave out, as one that subset() left out.
small_share_hint <- "Leave out a level that cannot occur: factor(x, levels = ...), or subset() and the names of the others"

check_shares <- function(p, levels, outcome, n) {
  p <- bare(p)
  if (is.null(p)) return(NULL)
  if (!is.numeric(p) || anyNA(p) || any(p <= 0) || any(is.infinite(p))) {
    abort("argument", "`p` must be proportions above 0, one per level of ", outcome, hint = small_share_hint)
  }
  if (length(levels) == 0L) abort("argument", outcome, " has no answers, whose proportions could be those in `p`")
  needed <- if (is.null(names(p))) levels else levels[n > 0 | levels %in% names(p)]
  if (length(p) != length(needed)) {
    abort("argument", "`p` has ", counted(length(p), "proportion"), ", but ", outcome, " has ",
          counted(length(needed), "level"), ": ", listed(needed), hint = if (any(n == 0) && is.null(names(p))) {
            "Named by the levels, p can leave out those without observations"
          })
  }
  if (!is.null(names(p))) {
    unknown <- setdiff(names(p), levels)
    if (length(unknown) > 0L || anyDuplicated(names(p))) {
      abort("argument", "the names of `p` must be the levels of ", outcome, ": ", listed(levels),
            if (length(unknown) > 0L) paste0(", not \"", unknown[1L], "\""))
    }
    p <- p[levels]
  }
  if (abs(sum(p, na.rm = TRUE) - 1) > 1e-6) {
    abort("argument", "the proportions in `p` add up to ", format(sum(p, na.rm = TRUE)), ", not 1",
          hint = "Divide them by their sum: p / sum(p)")
  }
  as.double(p)
}

# ---- ordered answers ---------------------------------------------------------------------------------------------------

rank_table <- function(data, parts, outcome, missing, method) {
  table <- prepare_table(data, parts, outcome, missing)
  need_order(table$tally$variables[[outcome]], paste0("the test \"", method, "\""))
  table
}

check_two <- function(method, groups) {
  if (method != "wilcoxon" || groups <= 2) return(invisible())
  abort("argument", "\"wilcoxon\" compares two groups, but there are ", groups, hint = "Use method = \"kruskal-wallis\"")
}

rank_test <- function(data, parts, outcome, missing, method) {
  table <- rank_table(data, parts, outcome, missing, method)
  found <- checked_estimate(.Call(C_test_rank, table$tally, table$places, rank_scores[[method]]), table$tally)
  found <- name_alone(found, grid_labels(table$grid)[!groups_with_variance(table)])
  check_two(method, found$rows)
  list(table = table, row = test_frame(found, outcome, group_text(names(parts$groups)), method))
}

# ---- given a third variable, and trend ---------------------------------------------------------------------------------

given_terms <- function(given, parts) {
  if (!inherits(given, "formula") || length(given) != 2L) abort("argument", "`given` must look like ~ variable")
  terms <- name_terms(plus_terms(given[[2L]]), "given")
  twice <- intersect(names(terms), c(names(parts$groups), names(parts$outcomes)))
  if (length(twice) > 0L) abort("argument", twice[1L], " is in `given` and in the formula at once")
  terms
}

given_info <- function(info, given, tally) {
  info$given <- names(given)
  info$labels[names(given)] <- vapply(names(given), function(v) variable_label(tally, v), "")
  info
}

group_text <- function(groups, given = NULL) {
  paste(c(paste(groups, collapse = " + "), if (length(given) > 0L) paste(given, collapse = " + ")), collapse = " | ")
}

given_table <- function(data, parts, outcome, missing, method) {
  groups <- names(parts$groups)
  given <- parts$given
  if (outcome %in% groups) abort("formula", outcome, " is outcome and group at once")
  tally <- table_tally(data, c(parts$groups, parts$outcomes[outcome], given), parts$envir, missing)
  tally <- net_tally(tally, parts, outcome)
  places <- table_places(tally, groups, outcome)
  places[c("layer", "layers")] <- table_places(tally, names(given), outcome)[c("group", "groups")]
  table <- list(tally = tally, places = places, grid = group_grid(tally, groups))
  if (method != "trend") return(table)
  for (name in c(groups, outcome)) need_order(tally$variables[[name]], "a trend")
  scores <- list(group = level_scores(tally$variables[[groups]]), level = level_scores(tally$variables[[outcome]]))
  c(table, list(scores = scores))
}

# The groups and levels of a table that have no variance.
alone_in <- function(table, outcome) {
  variables <- table$tally$variables
  names_alone(table$tally, table$places, grid_labels(table$grid), variables[[outcome]]$levels)
}

given_test <- function(data, parts, outcome, missing, method) {
  table <- given_table(data, parts, outcome, missing, method)
  found <- checked_estimate(.Call(C_test_given, table$tally, table$places, table$scores$group, table$scores$level,
                                  method_number(if (method == "trend") "wald" else method)), table$tally)
  found <- name_alone(found, alone_in(table, outcome))
  list(table = table, row = test_frame(found, outcome, group_text(names(parts$groups), names(parts$given)), method))
}

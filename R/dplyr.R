# dplyr's verbs for designs, and update() and transform(), which users of survey and of base R know: a domain, new variables,
# fewer variables, groups. PSUs, strata and weights remain what they are.

#' dplyr's verbs for designs
#'
#' With package dplyr attached, verbs that select a domain, change variables and group work on designs. None of them takes rows
#' away: the design keeps all its PSUs, so that standard errors remain correct. `update()` and `transform()` do what
#' `mutate()` does, without dplyr. Verbs that would take rows away, and those of tables, as `count()` and `summarise()`, are
#' errors that say what to write.
#'
#' * `filter()` selects a domain, as [subset()][subset.weeg_design] does: rows for which a condition is missing are outside.
#'   Several conditions all have to hold.
#' * `mutate()` adds variables, or replaces those that the design was not made of. Expressions see columns as conditions do:
#'   see [subset.weeg_design()]. They are computed from all rows, also those outside the domain, and not by group. `across()`,
#'   `if_any()` and `if_all()` are short for what they would be written out. `transmute()` drops the other variables.
#' * `select()` keeps the variables that are named, and those that the design was made of; `select(d, new = old)` renames, as do
#'   `rename()` and `rename_with()`, which leaves alone what the design was made of. `relocate()` changes their order.
#' * `left_join()` adds variables from a table that has one row for each value of the key.
#' * `pull()` gives the values of a variable, of the rows in the domain.
#' * `group_by()` adds groups to the formula of [weeg_proportion()], [weeg_total()], [weeg_mean()], [weeg_ratio()] and
#'   [weeg_quantile()]: `weeg_mean(group_by(d, region), ~ income)` is `weeg_mean(d, income ~ region)`. Tests, comparisons and
#'   cross-tabs have their groups in the formula alone.
#'
#' Of a design in a database only `filter()` (with `if_any()` and `if_all()`) and `group_by()` work; a file is read once, so a
#' variable is computed in the formula, as in `~ I(age < 36)`. Of completed data sets ([weeg_imputed]) all but `pull()` work,
#' in each data set with its own values. A [weeg_study()] becomes its design. Of a [weeg_tally()], which has no rows,
#' `filter()` works alone.
#'
#' @param .data,x,object,_data A [weeg_design()], completed data sets ([weeg_imputed]) or a [weeg_study()]; for `filter()` also a
#'   [weeg_tally()].
#' @param ... Conditions; `name = expression`; variables, in dplyr's language of selection.
#' @param .add Whether to keep the groups that there are.
#' @param .by,.preserve,.drop,copy Not used.
#' @param .fn,.cols A function of names, and the variables of which to change the names.
#' @param .before,.after Where to put the variables.
#' @param var,name The variable, and that of the names of its values.
#' @param y A data frame.
#' @param by,suffix,keep As in [dplyr::left_join()].
#' @return A design. `pull()`: a vector.
#' @name weeg_dplyr
#' @examplesIf requireNamespace("dplyr", quietly = TRUE)
#' library(dplyr, warn.conflicts = FALSE)
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' d |>
#'   filter(leeftijd < 36) |>
#'   mutate(young = leeftijd < 26) |>
#'   group_by(ronde) |>
#'   weeg_proportion(~young)
NULL

#' @rdname weeg_dplyr
#' @exportS3Method dplyr::filter
filter.weeg_design <- function(.data, ..., .by, .preserve = FALSE) {
  check_unbroken(.data)
  if (!missing(.by)) abort("unsupported", "a domain has no groups: `.by` is not used")
  for (condition in given_quosures(..., named = FALSE, data = .data)) .data <- domain_of(.data, condition)
  .data
}

#' @rdname weeg_dplyr
#' @exportS3Method dplyr::filter
filter.weeg_tally <- filter.weeg_design

#' @rdname weeg_dplyr
#' @exportS3Method dplyr::mutate
mutate.weeg_design <- function(.data, ...) {
  with_variables(.data, given_quosures(..., named = TRUE, data = .data))
}

#' @rdname weeg_dplyr
#' @export
transform.weeg_design <- function(`_data`, ...) {
  with_variables(`_data`, given_expressions(substitute(list(...)), parent.frame()))
}

#' @rdname weeg_dplyr
#' @rawNamespace S3method(stats::update, weeg_design)
update.weeg_design <- function(object, ...) {
  with_variables(object, given_expressions(substitute(list(...)), parent.frame()))
}

#' @rdname weeg_dplyr
#' @exportS3Method dplyr::select
select.weeg_design <- function(.data, ...) {
  check_unbroken(.data)
  need_data_frame(.data, "select() works")
  data <- .data$data
  at <- tidyselect::eval_select(rlang::expr(c(...)), data)
  made_of <- names(.data$seal$columns)
  renamed <- names(data)[at] %in% made_of & names(at) != names(data)[at]
  if (any(renamed)) abort_made_of(names(data)[at][renamed][1L])
  kept <- setdiff(made_of, names(data)[at])
  taken <- intersect(names(at), kept)
  if (length(taken) > 0L) abort_made_of(taken[1L])
  if (is.null(.data$grouped)) return(with_data(.data, data, c(at, match(kept, names(data))), c(names(at), kept)))
  kept <- union(kept, setdiff(.data$grouped, names(at)))
  with_data(.data, data, c(at, match(kept, names(data))), c(names(at), kept))
}

#' @rdname weeg_dplyr
#' @exportS3Method dplyr::group_by
group_by.weeg_design <- function(.data, ..., .add = FALSE, .drop = TRUE) {
  check_unbroken(.data)
  terms <- given_quosures(..., named = TRUE, data = .data)
  new <- terms[!vapply(terms, function(term) identical(term$expression, as.name(term$name)), NA)]
  if (length(new) > 0L) .data <- with_variables(.data, new)
  names <- vapply(terms, `[[`, "", "name")
  unknown <- setdiff(names, source_names(.data$data))
  if (length(unknown) > 0L) abort_unknown(unknown[1L], source_names(.data$data), "...")
  .data$grouped <- unique(c(if (check_flag(.add, ".add")) .data$grouped, names))
  seal(.data)
}

#' @rdname weeg_dplyr
#' @exportS3Method dplyr::ungroup
ungroup.weeg_design <- function(.data, ...) {
  no_dots(...)
  check_unbroken(.data)
  .data$grouped <- NULL
  seal(.data)
}

# ---- names, order, values, other tables --------------------------------------------------------------------------------

#' @rdname weeg_dplyr
#' @exportS3Method dplyr::transmute
transmute.weeg_design <- function(.data, ...) {
  given <- given_quosures(..., named = TRUE, data = .data)
  made <- with_variables(.data, given)
  select.weeg_design(made, tidyselect::all_of(intersect(vapply(given, `[[`, "", "name"), names(made$data))))
}

#' @rdname weeg_dplyr
#' @exportS3Method dplyr::rename
rename.weeg_design <- function(.data, ...) {
  check_unbroken(.data)
  need_data_frame(.data, "rename() works")
  at <- tidyselect::eval_rename(rlang::expr(c(...)), .data$data)
  renamed(.data, at, names(at))
}

#' @rdname weeg_dplyr
#' @exportS3Method dplyr::rename_with
rename_with.weeg_design <- function(.data, .fn, .cols, ...) {
  check_unbroken(.data)
  need_data_frame(.data, "rename_with() works")
  data <- .data$data
  at <- if (missing(.cols)) {
    which(!names(data) %in% names(.data$seal$columns))
  } else {
    tidyselect::eval_select(rlang::enquo(.cols), data)
  }
  new <- rlang::as_function(.fn)(names(data)[at], ...)
  if (!is.character(new) || length(new) != length(at) || anyNA(new)) {
    abort("argument", "`.fn` must give a name for each name", call = sys.call())
  }
  renamed(.data, at, new)
}

# at: places of variables.
renamed <- function(design, at, new) {
  old <- names(design$data)
  changed <- old[at] != new
  fixed <- intersect(old[at][changed], names(design$seal$columns))
  if (length(fixed) > 0L) abort_made_of(fixed[1L])
  names <- replace(old, at, new)
  twice <- names[duplicated(names)]
  if (length(twice) > 0L) abort("argument", "there would be several variables `", twice[1L], "`")
  if (!is.null(design$grouped)) design$grouped <- names[match(design$grouped, old)]
  with_data(design, design$data, seq_along(names), names)
}

#' @rdname weeg_dplyr
#' @exportS3Method dplyr::relocate
relocate.weeg_design <- function(.data, ..., .before = NULL, .after = NULL) {
  check_unbroken(.data)
  need_data_frame(.data, "relocate() works")
  data <- .data$data
  names <- names(dplyr::relocate(data[0L, , drop = FALSE], ..., .before = {{ .before }}, .after = {{ .after }}))
  if (!setequal(names, names(data))) abort("argument", "relocate() changes the order; rename() changes names")
  with_data(.data, data, match(names, names(data)), names)
}

#' @rdname weeg_dplyr
#' @exportS3Method dplyr::pull
pull.weeg_design <- function(.data, var = -1, name = NULL, ...) {
  check_unbroken(.data)
  need_data_frame(.data, "pull() works", "The database gives rows: dplyr::pull(the table, variable)")
  values <- dplyr::pull(.data$data, {{ var }}, name = {{ name }}, ...)
  if (is.null(.data$domain)) values else values[which(.data$domain != 0)]
}

#' @rdname weeg_dplyr
#' @exportS3Method dplyr::left_join
left_join.weeg_design <- function(x, y, by = NULL, copy = FALSE, suffix = c(".x", ".y"), ..., keep = NULL) {
  check_unbroken(x)
  need_data_frame(x, "left_join() works", "Join in the database, and make the design of that")
  if (!is.data.frame(y)) abort("argument", "`y` must be a data frame", call = sys.call())
  data <- x$data
  # the rows of the design stay as they are, however many match
  place <- "..row"
  while (place %in% c(names(data), names(y))) place <- paste0(place, ".")
  rows <- data
  rows[[place]] <- seq_len(nrow(data))
  joined <- withCallingHandlers(
    dplyr::left_join(rows, y, by = by, suffix = suffix, ..., keep = keep),
    warning = function(w) if (inherits(w, "dplyr_warning_join_relationship_many_to_many")) invokeRestart("muffleWarning")
  )
  again <- duplicated(joined[[place]])
  if (any(again)) {
    abort("argument", "several rows of `y` belong to row ", in_row(joined[[place]][again][1L]), " of the design: ",
          "its respondents would be there more than once", call = sys.call(),
          hint = "One row for each value of the key: dplyr::distinct(y, key, .keep_all = TRUE)")
  }
  lost <- setdiff(c(names(x$seal$columns), x$grouped), names(joined))
  if (length(lost) > 0L) {
    abort("argument", "`", lost[1L], "` of the design is in `y` too, and not a key", call = sys.call(),
          hint = paste0("Leave it out: dplyr::select(y, -", lost[1L], ")"))
  }
  # keys lose attributes, and become texts where they are in `y`
  joined[seq_along(data)] <- as.list(data)
  at <- which(names(joined) != place)
  with_data(x, structure(joined, row.names = .set_row_names(nrow(data))), at, names(joined)[at])
}

#' @exportS3Method dplyr::group_vars
group_vars.weeg_design <- function(x) as.character(x$grouped)

#' @exportS3Method dplyr::groups
groups.weeg_design <- function(x) lapply(as.character(x$grouped), as.name)

# ---- completed data sets, studies, tallies ---------------------------------------------------------------------------

# Each data set has values of its own; a study is a design with a codebook.

#' @exportS3Method dplyr::filter
filter.weeg_imputed <- function(.data, ...) change_imputed(.data, function(design) dplyr::filter(design, ...))

#' @exportS3Method dplyr::mutate
mutate.weeg_imputed <- function(.data, ...) change_imputed(.data, function(design) dplyr::mutate(design, ...))

#' @exportS3Method dplyr::select
select.weeg_imputed <- function(.data, ...) change_imputed(.data, function(design) dplyr::select(design, ...))

#' @exportS3Method dplyr::group_by
group_by.weeg_imputed <- function(.data, ...) change_imputed(.data, function(design) dplyr::group_by(design, ...))

#' @exportS3Method dplyr::transmute
transmute.weeg_imputed <- function(.data, ...) change_imputed(.data, function(design) dplyr::transmute(design, ...))

#' @exportS3Method dplyr::rename
rename.weeg_imputed <- function(.data, ...) change_imputed(.data, function(design) dplyr::rename(design, ...))

#' @exportS3Method dplyr::rename_with
rename_with.weeg_imputed <- function(.data, ...) change_imputed(.data, function(design) dplyr::rename_with(design, ...))

#' @exportS3Method dplyr::relocate
relocate.weeg_imputed <- function(.data, ...) change_imputed(.data, function(design) dplyr::relocate(design, ...))

#' @exportS3Method dplyr::left_join
left_join.weeg_imputed <- function(x, y, ...) change_imputed(x, function(design) dplyr::left_join(design, y, ...))

#' @exportS3Method dplyr::group_vars
group_vars.weeg_imputed <- function(x) group_vars.weeg_design(x$designs[[1L]])

#' @exportS3Method dplyr::ungroup
ungroup.weeg_imputed <- function(x, ...) change_imputed(x, function(design) dplyr::ungroup(design, ...))

#' @export
transform.weeg_imputed <- function(`_data`, ...) {
  given <- given_expressions(substitute(list(...)), parent.frame())
  change_imputed(`_data`, function(design) with_variables(design, given))
}

#' @rawNamespace S3method(stats::update, weeg_imputed)
update.weeg_imputed <- function(object, ...) {
  given <- given_expressions(substitute(list(...)), parent.frame())
  change_imputed(object, function(design) with_variables(design, given))
}

#' @exportS3Method dplyr::filter
filter.weeg_study <- function(.data, ...) dplyr::filter(weeg_design(.data), ...)

#' @exportS3Method dplyr::mutate
mutate.weeg_study <- function(.data, ...) dplyr::mutate(weeg_design(.data), ...)

#' @exportS3Method dplyr::select
select.weeg_study <- function(.data, ...) dplyr::select(weeg_design(.data), ...)

#' @exportS3Method dplyr::group_by
group_by.weeg_study <- function(.data, ...) dplyr::group_by(weeg_design(.data), ...)

#' @exportS3Method dplyr::transmute
transmute.weeg_study <- function(.data, ...) dplyr::transmute(weeg_design(.data), ...)

#' @exportS3Method dplyr::rename
rename.weeg_study <- function(.data, ...) dplyr::rename(weeg_design(.data), ...)

#' @exportS3Method dplyr::rename_with
rename_with.weeg_study <- function(.data, ...) dplyr::rename_with(weeg_design(.data), ...)

#' @exportS3Method dplyr::relocate
relocate.weeg_study <- function(.data, ...) dplyr::relocate(weeg_design(.data), ...)

#' @exportS3Method dplyr::left_join
left_join.weeg_study <- function(x, y, ...) dplyr::left_join(weeg_design(x), y, ...)

#' @exportS3Method dplyr::pull
pull.weeg_study <- function(.data, ...) dplyr::pull(weeg_design(.data), ...)

#' @export
transform.weeg_study <- function(`_data`, ...) {
  with_variables(weeg_design(`_data`), given_expressions(substitute(list(...)), parent.frame()))
}

#' @rawNamespace S3method(stats::update, weeg_study)
update.weeg_study <- function(object, ...) {
  with_variables(weeg_design(object), given_expressions(substitute(list(...)), parent.frame()))
}

refuse_tally <- function(verb, hint) {
  abort("unsupported", verb, "() does not work on tallies, which have sums and no rows", hint = hint, call = sys.call(-1L))
}

made_before <- function(verb) paste0("Make the variable before the tally: weeg_tally(", verb, "(design, ...), ...)")

#' @exportS3Method dplyr::mutate
mutate.weeg_tally <- function(.data, ...) refuse_tally("mutate", made_before("mutate"))

#' @export
transform.weeg_tally <- function(`_data`, ...) refuse_tally("transform", made_before("transform"))

#' @rawNamespace S3method(stats::update, weeg_tally)
update.weeg_tally <- function(object, ...) refuse_tally("update", made_before("update"))

#' @exportS3Method dplyr::select
select.weeg_tally <- function(.data, ...) {
  refuse_tally("select", "A tally of some of its variables, with the others summed out: weeg_tally(tally, ~ a + b)")
}

#' @exportS3Method dplyr::group_by
group_by.weeg_tally <- function(.data, ...) {
  refuse_tally("group_by", "Groups stand in the formula: weeg_proportion(tally, outcome ~ group)")
}

# ---- what was given --------------------------------------------------------------------------------------------------

# Each list(name, expression, envir). named: whether names are for variables; data: the design, whose variables they see.
given_quosures <- function(..., named, data) {
  quosures <- rlang::enquos(...)
  given <- rlang::names2(quosures)
  if (isFALSE(named) && any(nzchar(given))) {
    name <- given[nzchar(given)][1L]
    abort("argument", "`", name, " = ` gives an argument, not a condition", hint = "For equality use `==`")
  }
  known <- known_names(data)
  names <- if (named) names(rlang::exprs_auto_name(quosures)) else given
  terms <- Map(function(quosure, name, given) {
    envir <- quosure_environment(quosure)
    one <- list(name = name, expression = in_one_environment(rlang::quo_get_expr(quosure), envir, envir, known), envir = envir)
    if (named && !nzchar(given) && is_dplyrs(one$expression, "across", envir)) return(spread_across(one$expression, envir, data))
    one$expression <- without_across(one$expression, envir, data)
    list(one)
  }, unname(as.list(quosures)), names, given)
  unlist(terms, recursive = FALSE, use.names = FALSE)
}

# A constant has none.
quosure_environment <- function(quosure) {
  envir <- rlang::quo_get_env(quosure)
  if (identical(envir, emptyenv())) baseenv() else envir
}

given_expressions <- function(call, envir) {
  expressions <- as.list(call)[-1L]
  names <- names2(expressions)
  if (any(!nzchar(names))) abort("argument", "variables are given as name = expression")
  Map(function(name, expression) list(name = name, expression = expression, envir = envir), names, unname(expressions))
}

known_names <- function(x) if (inherits(x, "weeg_tally")) names(x$variables) else source_names(x$data)

# `.data$x` and `.data[["x"]]` are the variable x, `.env$x` is the value of x where the verb was called. What `{{ }}` and `!!`
# brought in from a function comes with an environment of its own: names in it that are no variables have their values from there.
in_one_environment <- function(expression, envir, outer, known) {
  if (rlang::is_quosure(expression)) {
    return(in_one_environment(rlang::quo_get_expr(expression), quosure_environment(expression), outer, known))
  }
  if (is.name(expression)) {
    name <- as.character(expression)
    own <- !identical(envir, outer) && nzchar(name) && !name %in% known && exists(name, envir = envir)
    return(if (own) get(name, envir = envir) else expression)
  }
  if (!is.call(expression)) return(expression)
  pronoun <- if (length(expression) == 3L && is.name(expression[[2L]])) as.character(expression[[2L]])
  named <- identical(expression[[1L]], quote(`$`)) ||
    (identical(expression[[1L]], quote(`[[`)) && is.character(expression[[3L]]))
  if (named && identical(pronoun, ".data")) return(as.name(as.character(expression[[3L]])))
  if (named && identical(pronoun, ".env")) return(value_there(as.character(expression[[3L]]), envir))
  for (i in seq_along(expression)) {
    part <- expression[[i]]
    if (missing(part)) next
    if (i == 1L && is.name(part)) { # a function, of which R looks up the name
      own <- get0(as.character(part), envir = envir, mode = "function")
      if (!identical(envir, outer) && !identical(own, get0(as.character(part), envir = outer, mode = "function"))) {
        expression[[1L]] <- own
      }
    } else {
      expression[i] <- list(in_one_environment(part, envir, outer, known))
    }
  }
  expression
}

value_there <- function(name, envir) {
  if (exists(name, envir = envir)) return(get(name, envir = envir))
  abort("variable", "there is no `", name, "` where the verb was called, which `.env$", name, "` asks for")
}

# ---- across() ----------------------------------------------------------------------------------------------------------

# Whether it is a call of a function of dplyr, and not of another of that name.
is_dplyrs <- function(expression, names, envir) {
  if (!is.call(expression)) return(FALSE)
  fun <- expression[[1L]]
  if (is.call(fun) && length(fun) == 3L && identical(fun[[2L]], quote(dplyr))) return(as.character(fun[[3L]]) %in% names)
  if (!is.name(fun) || !as.character(fun) %in% names) return(FALSE)
  found <- get0(as.character(fun), envir = envir, mode = "function")
  is.null(found) || identical(environment(found), asNamespace("dplyr"))
}

# across() in a variable or condition is if_all(), as it was in dplyr's filter(); what counts rows has no meaning there.
without_across <- function(expression, envir, data) {
  if (!is.call(expression)) return(expression)
  for (name in c("if_any", "if_all", "across")) {
    if (!is_dplyrs(expression, name, envir)) next
    parts <- lapply(spread_across(expression, envir, data), `[[`, "expression")
    if (length(parts) == 0L) return(name != "if_any")
    return(Reduce(function(a, b) call(if (name == "if_any") "|" else "&", a, b), lapply(parts, function(part) call("(", part))))
  }
  counts <- c("n", "row_number", "n_distinct", "cur_group", "cur_group_id", "cur_group_rows", "cur_data", "pick", "c_across")
  for (name in counts) {
    if (!is_dplyrs(expression, name, envir) || name %in% c("row_number", "n_distinct") && length(expression) > 1L) next
    abort("unsupported", "`", name, "()` is about rows of a table or of a group, and a design's variables are made for all rows",
          hint = "How many there are: weeg_total(design, ~ group) has n and the weighted count")
  }
  for (i in seq_along(expression)) {
    part <- expression[[i]]
    if (!missing(part) && is.call(part)) expression[[i]] <- without_across(part, envir, data)
  }
  expression
}

# The variables that a call of across() stands for: as given_quosures() has them.
spread_across <- function(call, envir, data) {
  call <- match.call(function(.cols, .fns = NULL, ..., .names = NULL, .unpack = FALSE) NULL, call, envir = envir)
  data <- if (is.data.frame(data$data)) data$data else stats::setNames(as.list(known_names(data)), known_names(data))
  columns <- if (is.null(call$.cols)) quote(dplyr::everything()) else call$.cols
  at <- tidyselect::eval_select(rlang::new_quosure(columns, envir), data, allow_rename = FALSE,
                                allow_predicates = is.data.frame(data))
  columns <- names(data)[at]
  several <- is.call(call$.fns) && as.character(call$.fns[[1L]])[1L] %in% c("list", "c")
  functions <- if (several) as.list(call$.fns)[-1L] else list(call$.fns)
  labels <- names2(functions)
  labels[!nzchar(labels)] <- seq_along(functions)[!nzchar(labels)]
  pattern <- if (!is.null(call$.names)) eval(call$.names, envir) else if (several) "{.col}_{.fn}" else "{.col}"
  more <- as.list(call)[setdiff(seq_along(call)[-1L], which(names(call) %in% c(".cols", ".fns", ".names", ".unpack")))]
  unlist(lapply(columns, function(column) {
    Map(function(fun, label) {
      name <- gsub("\\{[.]?fn\\}", label, gsub("\\{[.]?col\\}", column, pattern))
      list(name = name, expression = applied(fun, as.name(column), more, envir), envir = envir)
    }, functions, labels)
  }), recursive = FALSE, use.names = FALSE)
}

# What a function gives for a variable, written out where that can be, as databases need it.
applied <- function(fun, variable, more, envir) {
  if (is.null(fun)) return(variable)
  if (inherits(fun, "formula")) fun <- rlang::as_function(fun, env = envir)
  if (is.call(fun) && identical(fun[[1L]], quote(`~`))) {
    return(do.call(substitute, list(fun[[2L]], list(.x = variable, . = variable))))
  }
  if (is.call(fun) && identical(fun[[1L]], quote(`function`)) && length(fun[[2L]]) == 1L &&
      !"{" %in% all.names(fun[[3L]]) && length(more) == 0L) {
    return(do.call(substitute, list(fun[[3L]], stats::setNames(list(variable), names(fun[[2L]])))))
  }
  if (is.call(fun) && identical(fun[[1L]], quote(`function`))) fun <- eval(fun, envir) # it has variables of its own
  as.call(c(list(fun, variable), more))
}

# ---- designs with another domain, other variables --------------------------------------------------------------------

# `x` is in an environment of its own, as the condition may name a variable x.
domain_of <- function(x, condition) eval(as.call(list(subset, x, condition$expression)), condition$envir)

need_data_frame <- function(design, what, hint = "Write what you need into the formula: ~ I(x > 2)") {
  if (is.data.frame(design$data)) return(invisible())
  abort("unsupported", what, " on designs of data frames alone, and this one is of ", source_title(design$data), hint = hint)
}

abort_made_of <- function(name) {
  abort("unsupported", "`", name, "` cannot be changed or renamed: the design was made of it",
        hint = "Give the new variable another name, or make the design again from changed data")
}

with_variables <- function(design, given) {
  check_unbroken(design)
  need_data_frame(design, "variables can be added")
  data <- design$data
  rows <- nrow(data)
  columns <- as.list(data)
  made_of <- names(design$seal$columns)
  for (one in given) {
    if (one$name %in% made_of) abort_made_of(one$name)
    if (is.null(one$expression)) {
      columns[[one$name]] <- NULL
      next
    }
    value <- new_variable(one, list_frame_of(columns, rows))
    columns[[one$name]] <- value
  }
  with_data(design, list_frame_of(columns, rows), seq_along(columns), names(columns))
}

# One value is that of every row, as in data.frame(); values of other classes are what they are in formulas.
new_variable <- function(one, data) {
  if (is.language(one$expression)) return(evaluate(one$expression, data, one$envir, one$name, repeats = TRUE))
  value_of_rows(repeated(one$expression, nrow(data)), one$name, data, one$name)
}

list_frame_of <- function(columns, rows) structure(columns, class = "data.frame", row.names = .set_row_names(rows))

# The design of some columns of data, under new names.
with_data <- function(design, data, at, names) {
  columns <- as.list(data)[at]
  names(columns) <- names
  attributes <- attributes(design$data)
  data <- list_frame_of(columns, nrow(data))
  for (name in setdiff(names(attributes), c("names", "class", "row.names"))) attr(data, name) <- attributes[[name]]
  design$data <- data
  seal(design)
}

# The groups of a design are groups of a formula.
grouped_terms <- function(groups, data, taken) {
  names <- if (inherits(data, "weeg_design")) data$grouped
  if (length(names) == 0L) return(groups)
  twice <- intersect(names, taken)
  if (length(twice) > 0L) {
    abort("formula", twice[1L], " is an outcome, and the design is grouped by it", hint = "dplyr::ungroup(design)")
  }
  names <- setdiff(names, names(groups))
  c(lapply(stats::setNames(nm = names), as.name), groups)
}

refuse_grouped <- function(data) {
  if (!inherits(data, "weeg_design") || length(data$grouped) == 0L) return(invisible())
  abort("unsupported", "the design is grouped by ", listed(data$grouped), ", which only estimates of single groups can use",
        hint = "dplyr::ungroup(design), and the groups in the formula: outcome ~ group")
}

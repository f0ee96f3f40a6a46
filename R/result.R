# Results: data frames with attributes that say what they are about (info) and by which conventions they were computed.

# What a row is of, with its groups: without it, figures are of nothing.
naming_columns <- c("outcome", "level", "measure", "group", "group1", "group2", "component", "term", "model", "lonely", "weights")

new_result <- function(data, class, info, conventions) {
  variables <- names(data[["groups"]])
  if (is.data.frame(data[["groups"]])) data <- flat_rows(data, json_codes)
  info$columns <- stats::setNames(names(data)[seq_along(variables)], variables)
  info$kinds <- kinds_of(unclass(data))
  naming <- c(info$columns, intersect(naming_columns, names(data)))
  info$naming <- naming[!vapply(unclass(data)[naming], anyNA, NA)]
  seal_result(structure(data, class = c(class, "weeg_result", "data.frame"), info = info, conventions = conventions))
}

# A data frame of columns of one length: data.frame() takes ten times as long, and structure() twice.
list_frame <- function(columns) {
  attr(columns, "row.names") <- .set_row_names(if (length(columns) > 0L) length(columns[[length(columns)]]) else 0L)
  class(columns) <- "data.frame"
  columns
}

# ---- group columns ---------------------------------------------------------------------------------------------------

# A variable that makes groups may have any name, also that of a column which results have themselves, such as `n`. So inside the
# package the rows of a result have its own columns, and one column `groups`, which is a data frame of the variables. Users
# see these first, under names that differ from those of the result's own columns; info$columns has these names by variable.

# Users' rows of internal ones. reserved: names of columns that may be added.
flat_rows <- function(rows, reserved = NULL) {
  groups <- rows$groups
  rows$groups <- NULL
  names(groups) <- column_names(names(groups), c(names(rows), reserved))
  list_frame(c(as.list(groups), as.list(rows)))
}

# The group `n` is in the column `group.n` of a result with a column `n`.
column_names <- function(groups, own) {
  for (i in seq_along(groups)) {
    while (groups[i] %in% c(own, groups[-i])) groups[i] <- paste0("group.", groups[i])
  }
  groups
}

# Internal rows of a result, or of a table of one that has `columns` of groups.
result_rows <- function(x, columns = info_of(x)$columns) {
  rows <- as.data.frame.weeg_result(x)
  groups <- rows[columns]
  names(groups) <- names(columns)
  rows[columns] <- NULL
  rows$groups <- groups
  rows
}

# The rows of a grid of groups by number, as the column `groups`.
group_rows <- function(grid, numbers) {
  if (length(grid) > 0L) return(list_frame(lapply(grid, `[`, numbers)))
  structure(list(), names = character(), class = "data.frame", row.names = seq_along(numbers))
}

# Internal rows under each other.
bind_frames <- function(frames) {
  if (length(frames) < 2L) return(if (length(frames) > 0L) frames[[1L]])
  frames <- unname(frames)
  groups <- lapply(frames, `[[`, "groups")
  own <- stacked(lapply(frames, function(rows) {
    rows$groups <- NULL
    rows
  }))
  own$groups <- if (length(groups[[1L]]) > 0L) stacked(groups) else group_rows(NULL, own[[1L]])
  own
}

# As rbind(), which takes ten times as long: it is for frames whose columns differ in more than their values.
stacked <- function(frames) {
  first <- frames[[1L]]
  of_frames <- lapply(frames, function(frame) attributes(frame)[names(attributes(frame)) != "row.names"])
  if (setequal(names(of_frames[[1L]]), c("names", "class")) && all_same(of_frames)) {
    columns <- lapply(seq_along(first), function(k) stacked_column(lapply(frames, .subset2, k)))
    if (length(columns) > 0L && !any(vapply(columns, is.null, NA))) return(list_frame(stats::setNames(columns, names(first))))
  }
  rows <- do.call(rbind, frames)
  rownames(rows) <- NULL
  rows
}

stacked_column <- function(columns) {
  if (any(vapply(columns, is.list, NA))) return(NULL)
  about <- lapply(columns, attributes)
  first <- about[[1L]]
  if (any(lengths(about) > 0L) && (!all_same(about) || any(c("names", "dim") %in% names(first)))) return(NULL)
  values <- unlist(if (is.null(first)) columns else lapply(columns, unclass), use.names = FALSE)
  attributes(values) <- first
  values
}

all_same <- function(list) length(unique(list)) == 1L

# ---- what a result is about ------------------------------------------------------------------------------------------

# One line of conventions: what a reader must know to get the same numbers elsewhere. few: of what refers to the law of few PSUs.
design_conventions <- function(tally, few = FALSE) {
  if (!is.null(tally$replicates)) return(replicate_conventions(tally))
  frame <- tally$frame
  profile <- profile_of(tally)
  c(
    profile = profile$profile,
    df = if (!is.null(frame$given_df)) "given" else {
      df_texts[[if (profile$df == "effective" && !(few && has_law(tally))) "domain" else profile$df]]
    },
    lonely = paste0(frame$lonely, if (isTRUE(frame$lonely_domain)) " (in domains too)"),
    variance = paste0("Taylor", if (!is.null(frame$stratum_fpc)) ", fpc",
                      if (is_two_phase(frame)) ", two-phase" else if (!is.null(frame$pps)) {
                        paste0(", PPS (", pps_title(frame$pps), ")")
                      },
                      if (!is.null(frame$later)) paste0(" at ", frame_stages(frame), " stages"),
                      if (!is.null(tally$calibration)) ", calibrated"),
    missing = missing_text(tally)
  )
}

pps_title <- function(pps) pps_titles[[match(pps, c(pps_methods, "HT", "YG", "two-phase"))]]

# Of figures that are made again by PSUs minus strata.
without_effective <- function(conventions) {
  said <- names(conventions) == "df" & conventions == df_texts[["effective"]]
  replace(conventions, said, df_texts[["domain"]])
}

conventions_line <- function(x) {
  conventions <- attr(x, "conventions")
  profile <- names(conventions) == "profile"
  others <- conventions[!profile]
  said <- c(conventions[profile], paste0(gsub("_", " ", names(others)), " ", others, recycle0 = TRUE))
  paste0("Conventions: ", paste(said, collapse = "; "), ".")
}

# The combinations of levels of the group variables, first slowest; one row when there are none.
group_grid <- function(tally, groups) {
  if (length(groups) == 0L) return(NULL)
  variables <- tally$variables[groups]
  sizes <- lengths(lapply(variables, `[[`, "levels"))
  rows <- prod(sizes)
  each <- rows / cumprod(sizes) # the last varies fastest
  grid <- lapply(seq_along(variables), function(k) {
    v <- variables[[k]]
    codes <- rep_len(rep(seq_len(sizes[[k]]), each = each[[k]]), rows)
    structure(codes, levels = as.character(v$levels), class = c(if (isTRUE(v$ordered)) "ordered", "factor"))
  })
  names(grid) <- groups
  structure(grid, class = "data.frame", row.names = seq_len(rows))
}

# One label per row of a grid: "werkplein, ronde 1". Where ("a, b", "c") and ("a", "b, c") would have the same, the levels of
# such rows are in quotes.
grid_labels <- function(grid) {
  if (length(grid) == 0L) return(rep("all", max(1L, NROW(grid))))
  labels <- paste_columns(grid, ", ")
  if (length(grid) == 1L || !any(vapply(grid, has_separator, NA))) return(labels)
  first <- !duplicated(level_keys(grid))
  same <- labels %in% labels[first][duplicated(labels[first])]
  labels[same] <- paste_columns(lapply(grid, function(x) encodeString(as.character(x[same]), quote = "\"")), ", ")
  labels
}

has_separator <- function(x) any(grepl(", ", if (is.factor(x)) levels(x) else unique(x), fixed = TRUE))

# One key per row of columns of levels, the same for no two others: before each level stands how long it is. `count` rows where
# there are no columns.
level_keys <- function(levels, count) {
  if (length(levels) == 0L) return(rep("", count))
  paste_columns(lapply(levels, sized_text), "")
}

sized_text <- function(x) {
  if (is.factor(x)) return(ifelse(is.na(x), "-", sized_text(levels(x))[x]))
  x <- as.character(x)
  ifelse(is.na(x), "-", paste0(nchar(x, "bytes"), ":", x))
}

# One key of texts.
text_key <- function(x) paste(sized_text(x), collapse = "")

# A column may be named "collapse".
paste_columns <- function(columns, sep) do.call(paste, c(unname(lapply(columns, as.character)), sep = sep))

variable_label <- function(tally, name) {
  label <- tally$variables[[name]]$label
  if (is.null(label)) name else label
}

table_info <- function(tally, outcomes, groups) {
  say_many_values(tally$variables[outcomes])
  list(
    data = tally$names$data, outcomes = outcomes, groups = groups,
    labels = vapply(c(outcomes, groups), function(v) variable_label(tally, v), ""),
    domain = domain_text(tally), design = design_text(tally), weights = weights_source(tally$names),
    weighted_by = if (is.null(tally$names$weights)) "unweighted" else tally$names$weights
  )
}

# The same for tables of several outcomes, each with its own tally.
tables_info <- function(tables, parts) {
  outcomes <- names(parts$outcomes)
  info <- table_info(tables[[1L]]$tally, outcomes, names(parts$groups))
  for (k in seq_along(tables)[-1L]) say_many_values(tables[[k]]$tally$variables[outcomes[k]])
  info$labels[outcomes] <- unlist(Map(function(table, outcome) variable_label(table$tally, outcome), tables, outcomes))
  info
}

domain_text <- function(x) {
  if (length(x$conditions) == 0L) return(NULL)
  text <- vapply(x$conditions, deparse1, "")
  if (length(text) > 1L) text <- paste0("(", text, ")")
  paste(text, collapse = " & ")
}

design_text <- function(x) {
  frame <- x$frame
  if (!is.null(x$replicates)) return(replicate_text(x$replicates))
  rows <- sum(frame$stratum_psus > 0)
  psus <- sum(frame$psu_stratum >= 0L)
  paste0(
    if (frame$element) "no clusters" else paste(count_text(psus), ngettext(psus, "PSU", "PSUs")),
    if (rows > 1L) paste0(if (frame$element) ", " else " in ", count_text(rows), " strata"),
    if (!is.null(frame$later)) paste0(", ", frame_stages(frame), " stages")
  )
}

# format() takes a tenth of a millisecond, and most counts need none.
count_text <- function(n) if (n < 1000) as.character(n) else format(n, big.mark = " ")

# The tally of the variables that a table needs, and where its cells are.
prepare_table <- function(data, parts, outcome, missing = NULL, measures = NULL) {
  terms <- c(parts$groups, parts$outcomes[outcome])
  if (outcome %in% names(parts$groups)) abort("formula", outcome, " is outcome and group at once")
  tally <- net_tally(table_tally(data, terms, parts$envir, missing, measures), parts, outcome)
  list(tally = tally, places = table_places(tally, names(parts$groups), outcome),
       grid = group_grid(tally, names(parts$groups)))
}

lonely_hint <- list(lonely = paste0(
  "Combine it with a similar stratum, or choose what it should contribute: weeg_design(..., lonely = \"adjust\"); ",
  "see ?weeg_design"
))

# A lonely stratum is named by its label.
checked_estimate <- function(result, tally) {
  if (inherits(result, "weeg_failure") && result$code == "lonely") abort_lonely(result, tally$frame, lonely_hint$lonely)
  checked(result)
}

# dplyr's verbs that have no meaning for designs and tallies: errors that say what to write.

rows_stay <- "Rows cannot be removed: to select them, and keep all PSUs, dplyr::filter(design, condition)"
by_key <- paste("For a domain: dplyr::filter(design, key %in% table$key);",
                "for variables of another table: dplyr::left_join(design, table)")
own_verbs <- "Estimates have verbs of their own: weeg_proportion(design, outcome ~ group), weeg_mean(design, number ~ group)"
counts <- "Weighted counts, with the n behind them: weeg_total(design, ~ variable)"

refused <- list(
  count = counts, tally = counts,
  arrange = "Rows have no order; results have: result[order(-result$estimate), ]",
  slice = rows_stay, slice_head = rows_stay, slice_tail = rows_stay, slice_min = rows_stay, slice_max = rows_stay,
  slice_sample = rows_stay, sample_n = rows_stay, sample_frac = rows_stay,
  distinct = "A row for each value: weeg_total(design, ~ variable); the values: unique(dplyr::pull(design, variable))",
  reframe = own_verbs, do = own_verbs, group_map = own_verbs, group_modify = own_verbs, group_split = own_verbs,
  group_data = own_verbs, group_nest = own_verbs, nest_by = own_verbs, rowwise = own_verbs,
  inner_join = by_key, right_join = by_key, full_join = by_key, semi_join = by_key, anti_join = by_key, nest_join = by_key,
  cross_join = by_key, rows_insert = by_key, rows_append = by_key, rows_update = by_key, rows_patch = by_key,
  rows_upsert = by_key, rows_delete = by_key,
  collect = "A design is used as it is, wherever its rows are: weeg_proportion(design, outcome ~ group)",
  compute = "A design is used as it is, wherever its rows are: weeg_proportion(design, outcome ~ group)",
  tbl_vars = "Variables: dplyr::mutate(design, across(where(is.numeric), sqrt)); counts: weeg_total(design, ~ variable)"
)

# Those that change what rows have, and work on designs.
refused_of_tallies <- c("transmute", "rename", "rename_with", "relocate", "left_join", "pull")

# Their methods are known once dplyr is loaded: not every version has all of these verbs.
refuse_dplyrs_verbs <- function(...) {
  dplyr <- asNamespace("dplyr")
  register <- function(verb, class, hint) {
    force(hint) # a loop makes the next one
    if (!exists(verb, envir = dplyr, inherits = FALSE)) return(invisible())
    registerS3method(verb, class, function(...) {
      said <- if (verb == "tbl_vars") "this verb of dplyr" else paste0(verb, "()")
      abort("unsupported", said, " does not work on ", if (class == "weeg_tally") "tallies" else "designs", call = sys.call(),
            hint = hint)
    }, envir = dplyr)
  }
  for (verb in names(refused)) {
    for (class in c("weeg_design", "weeg_imputed", "weeg_study", "weeg_tally")) register(verb, class, refused[[verb]])
  }
  register("pull", "weeg_imputed", "Each data set has values of its own: dplyr::pull(weeg_design(data), variable) of each")
  for (verb in refused_of_tallies) {
    register(verb, "weeg_tally", "A tally has sums and no rows: change the design, and tally that: weeg_tally(design, ~ a + b)")
  }
}

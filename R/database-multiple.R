# Multiple-response questions of tables in databases: rows are grouped by all items, whose combinations are put together here.

#' @export
item_patterns.weeg_database_design <- function(x, question, groups, envir) {
  data <- x$data
  terms <- Map(function(term, name) database_term(data, term, name, envir), question$terms, names(question$terms))
  keys <- keys_in(terms)
  known <- item_combinations(data, keys)
  items <- read_terms(terms, known, rep(TRUE, length(known[[1L]])))
  columns <- lapply(items, `[[`, "column")
  codes <- lapply(items, `[[`, "codes")
  refused <- declared_missing(data, codes, question, envir)
  answers <- item_answers(Map(item_column, columns, codes, refused), question)
  patterns <- answer_patterns(answers)
  name <- free_name("..items", c(source_names(data), names(groups)))
  column <- code_column(factor(patterns$level, levels = patterns$levels), name)
  x$data$made[[name]] <- list(key = keys, watched = watched_in(terms), read = function(found, inside) {
    if (length(keys) == 1L) found <- list(found)
    at <- unit_numbers(found, known, length(inside))
    if (anyNA(at[inside])) {
      abort("database", "the table has answers now that it did not have when the combinations of the items were listed",
            hint = changed_hint)
    }
    list(column = column, codes = column_codes(column)[at])
  })
  c(list(data = x, name = name), patterns[c("levels", "named")], answers[c("names", "labels")])
}

# All combinations that occur, as a list of columns.
item_combinations <- function(data, keys) {
  what <- sql_list(paste0(keys, " AS k", seq_along(keys)))
  found <- ask_database(data, function(part) {
    sql_first(part$engine, paste("DISTINCT", what), part$from, most_levels + 1L)
  }, "list the combinations of the items")
  if (nrow(found) > most_levels) {
    abort("too_large", "the items have more than ", format_count(most_levels), " combinations of answers",
          hint = "Use fewer items at a time")
  }
  lapply(seq_along(keys), function(i) found[[paste0("k", i)]])
}

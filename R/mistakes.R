# Frequent mistakes: what was given in place of what is asked for, with messages of their own.

# ---- formulas --------------------------------------------------------------------------------------------------------

# The formula of a verb: weeg_crosstab(d, strengths, provider) is reported as such. Called before any other argument is
# looked at.
given_formula <- function(formula, needed = "the formula must look like outcome ~ group or ~ outcome", one_sided = FALSE) {
  value <- tryCatch(formula, error = identity)
  if (inherits(value, "formula")) return(value)
  call <- user_call()
  expressions <- if (is.null(call)) list() else as.list(call)[-1L]
  if (inherits(value, "weeg_error")) stop(value)
  if (is_design(value)) {
    twice <- length(expressions) > 0L && !is_formula_call(expressions[[1L]])
    abort("formula", needed, ", but a design was given for it",
          hint = if (!twice) "The design comes first" else "Was the design given twice? data |> verb(formula) has it already")
  }
  expression <- formula_of_call(call)
  what <- if (!inherits(value, "error")) {
    paste0(", not ", if (is.null(value)) "NULL" else class(value)[1L])
  } else if (is.null(expression)) {
    ", and none was given"
  } else {
    paste0(" (", conditionMessage(value), ")")
  }
  # names of variables, one an argument, or all in one
  plain <- Filter(function(x) is.name(x) || is.character(x), expressions[-1L][!nzchar(names2(expressions[-1L]))])
  meant <- if (one_sided && is.character(value)) value else vapply(plain, as.character, "")
  meant <- meant[grepl("^[[:alpha:].][[:alnum:]._]*$", meant)]
  abort("formula", needed, what, hint = if (length(meant) == 1L || (one_sided && length(meant) > 1L)) {
    paste0("Did you mean ~ ", paste(meant, collapse = " + "), "?")
  } else if (length(meant) > 1L) {
    paste0("Did you mean ", meant[1L], " ~ ", paste(meant[-1L], collapse = " + "), "?")
  })
}

is_design <- function(x) inherits(x, c("weeg_design", "weeg_tally", "weeg_study", "survey.design", "svyrep.design"))

is_formula_call <- function(x) is.call(x) && identical(x[[1L]], quote(`~`))

names2 <- function(x) if (is.null(names(x))) rep("", length(x)) else names(x)

# What stands for `formula` in a call; NULL if nothing does.
formula_of_call <- function(call) {
  if (is.null(call)) return(NULL)
  arguments <- as.list(call)[-1L]
  arguments <- arguments[!vapply(arguments, identical, NA, quote(expr = ))] # f(d, )
  named <- match("formula", names2(arguments))
  if (!is.na(named)) return(arguments[[named]])
  rest <- arguments[!nzchar(names2(arguments))]
  second <- if ("data" %in% names2(arguments)) 1L else 2L
  if (length(rest) >= second) rest[[second]]
}

# One-sided formulas in the frame of a function that was called with them: a bare name, or the values themselves, are told what to
# write. wrong: whether anything but a formula is (or only what cannot be evaluated, where the function itself looks at the rest).
given_formulas <- function(arguments, names, wrong = TRUE, frame = parent.frame()) {
  for (argument in arguments) {
    expression <- list(eval(call("substitute", as.name(argument)), frame))
    if (identical(expression, list(quote(expr = )))) {
      abort("formula", "`", argument, "` must be a one-sided formula such as ~x, and none was given")
    }
    value <- tryCatch(get(argument, envir = frame), error = identity)
    if (!wrong) need_variables_of(value, argument, names) # designs report them themselves, once the file is open
    if (wrong || inherits(value, "error")) check_given_formula(expression[[1L]], value, argument, names)
  }
}

# names: of the variables that there are; NULL: not known.
need_variables_of <- function(formula, argument, names) {
  if (!inherits(formula, "formula") || length(formula) != 2L || is.null(names)) return(invisible())
  terms <- Filter(is.name, plus_terms(formula[[2L]]))
  unknown <- setdiff(vapply(terms, as.character, ""), c(names, "."))
  if (length(unknown) > 0L) abort_unknown(unknown[1L], names, argument)
}

# Names of the variables of anything that a verb takes.
variables_of <- function(data) {
  if (inherits(data, c("weeg_design", "weeg_study"))) return(source_names(data$data))
  if (inherits(data, "weeg_tally") || (is_design(data) && is.list(data))) return(names(data$variables))
  if (is.data.frame(data)) names(data)
}

check_given_formula <- function(expression, value, argument, names) {
  value <- bare(value)
  if (is.null(value) || (inherits(value, "formula") && length(value) == 2L)) return(invisible())
  if (inherits(value, "weeg_error")) stop(value)
  meant <- if (inherits(value, "formula")) {
    all.vars(value[[3L]])
  } else if (is.character(value) && length(value) > 0L && all(value %in% names)) {
    value
  } else if (is.name(expression)) {
    as.character(expression)
  } else if (is.call(expression)) {
    column <- expression[[length(expression)]] # data$column, data[["column"]]
    if (is.name(column) || is.character(column)) as.character(column) else all.vars(expression)
  }
  known <- length(meant) > 0L && all(meant %in% names)
  what <- if (inherits(value, "error")) paste0(" (", conditionMessage(value), ")")
  near <- if (!known && length(meant) == 1L) near_hint(meant, names)
  abort("formula", "`", argument, "` must be a one-sided formula such as ~x", what, hint = if (known) {
    paste0("Did you mean ", argument, " = ~", paste(meant, collapse = " + "), "?")
  } else if (!is.null(near)) {
    near
  } else if (length(meant) == 1L) {
    paste0("The data have no variable ", meant)
  })
}

# The same for list(...), whose arguments have not been evaluated.
given_list <- function(expressions, envir, names) {
  values <- lapply(expressions, function(x) tryCatch(eval(x, envir), error = identity))
  formulas <- base::names(expressions) %in% c("weights", "strata", "cluster", "fpc")
  for (i in which(formulas)) check_given_formula(expressions[[i]], values[[i]], base::names(expressions)[i], names)
  for (value in values) if (inherits(value, "error")) stop(value)
  values
}

# ---- arguments and data ----------------------------------------------------------------------------------------------

# Words of other packages, and what to say here.
argument_hints <- c(
  ids = "cluster", id = "cluster", psu = "cluster", psus = "cluster", clusters = "cluster", stratum = "strata",
  stratas = "strata", wt = "weights", wts = "weights", w = "weights", pweights = "weights", popsize = "fpc", n = "fpc",
  singleunit = "lonely", lonely.psu = "lonely"
)

abort_unknown_argument <- function(names) {
  abort("argument", "unknown argument ", listed(paste0("`", names, "`")), hint = unknown_argument_hint(names))
}

unknown_argument_hint <- function(names) {
  known <- names[names %in% base::names(argument_hints)]
  if (length(known) > 0L) {
    return(paste0(paste0("`", known, "` is called `", argument_hints[known], "` here", collapse = "; "),
                  if (any(argument_hints[known] == "cluster")) ", as in cluster = ~x; leave it out where there are none"))
  }
  if ("probs" %in% names) return("Give weights: weights = ~ I(1 / probability); or with `pps`, fpc = ~probability")
  if (any(c("repweights", "replicates") %in% names)) return("For replicate weights: weeg_replicate_design()")
}

# Data that are no data frame, but known: what to do first.
data_hint <- function(data) {
  if (is_in_database(data)) return("Make a design of it first, which leaves the rows where they are: weeg_design(data, ...)")
  if (inherits(data, c("ArrowTabular", "Dataset", "arrow_dplyr_query"))) {
    return(paste("Its rows are in files: give the paths of these where they are Parquet, weeg_design(\"survey/*.parquet\");",
                 "or take the columns that you need into memory first, dplyr::collect(data)"))
  }
  if (inherits(data, result_classes)) {
    return(if (user_verb() == "weeg_protect") "The design comes first: weeg_protect(design, result)" else {
      "That is a result; give the design that it is of"
    })
  }
  data <- bare(data) # a class may lie about its length, or stop
  paths <- (is.character(data) || is.list(data)) && length(data) > 1L && is.null(dim(data)) &&
    all(vapply(data, function(x) is.character(x) && length(bare(x)) == 1L, NA))
  if (user_verb() == "weeg_replicate_design" && (paths || (!is.data.frame(data) && is.list(data) && length(data) > 0L &&
                                                              all(vapply(data, is.data.frame, NA))))) {
    return(paste("Waves are read as one: weeg_replicate_design(list(\"2013\" = first, \"2014\" = second), wave = \"year\",",
                 "panel = TRUE, ...)"))
  }
  if (paths) {
    return(paste("Waves of a survey are read as one: weeg_design(c(\"2013\" = first, \"2014\" = second), wave = \"year\").",
                 "Tallies of files add up: weeg_tally(weeg_design(first, ...), ~ a) + weeg_tally(weeg_design(second, ...), ~ a);",
                 "or read them into one data frame: rbind(read.csv(first), read.csv(second))"))
  }
  if (is.matrix(data) || is.list(data)) return("Make it one: as.data.frame(data)")
  if (inherits(data, "formula")) return("The data come first: weeg_design(data, weights = ~x)")
}

# A column of weights that is text or a factor.
weight_hint <- function(values, name) {
  texts <- unique(as_utf8(if (is.factor(values)) level_names(values, name) else column_texts(values)))
  texts <- texts[!is.na(texts)]
  point <- grepl("^ *-?[0-9]*,[0-9]+ *$", texts)
  if (any(point)) {
    return(paste0("It has decimal commas, such as \"", texts[point][1L], "\": read the file with decimal = \",\", or data$",
                  name, " <- as.numeric(sub(\",\", \".\", data$", name, "))"))
  }
  numbers <- !is.na(suppressWarnings(as.numeric(texts)))
  if (length(texts) > 0L && all(numbers)) {
    return(paste0("Its texts are numbers: data$", name, " <- as.numeric(as.character(data$", name, "))"))
  }
  if (any(numbers)) paste0("It has the value \"", texts[!numbers][1L], "\"")
}

# ---- what a design is not --------------------------------------------------------------------------------------------

#' @export
`[.weeg_design` <- function(x, ...) {
  abort("unsupported", "rows cannot be removed from a design: its variances would lose their PSUs", call = sys.call(),
        hint = "To select rows: subset(design, condition)")
}

# stats::filter(), found where dplyr is not attached, makes a time series of what it gets.
#' @exportS3Method stats::as.ts weeg_design
as.ts.weeg_design <- function(x, ...) {
  abort("unsupported", "filter() of package stats does not work on designs and tallies", call = sys.call(),
        hint = "To select rows and keep all PSUs: dplyr::filter(design, condition), or subset(design, condition)")
}

#' @exportS3Method dplyr::summarise
summarise.weeg_design <- function(.data, ...) {
  abort("unsupported", "summarise() does not work on designs and tallies", call = sys.call(),
        hint = "Estimates have verbs of their own: weeg_proportion(design, outcome ~ group), weeg_mean(design, number ~ group)")
}

#' @exportS3Method stats::as.ts weeg_imputed
as.ts.weeg_imputed <- as.ts.weeg_design

#' @exportS3Method dplyr::summarise
summarise.weeg_imputed <- summarise.weeg_design

#' @exportS3Method stats::as.ts weeg_study
as.ts.weeg_study <- as.ts.weeg_design

#' @exportS3Method dplyr::summarise
summarise.weeg_study <- summarise.weeg_design

#' @exportS3Method stats::as.ts weeg_tally
as.ts.weeg_tally <- as.ts.weeg_design

#' @exportS3Method dplyr::summarise
summarise.weeg_tally <- summarise.weeg_design

# ---- many values -----------------------------------------------------------------------------------------------------

most_values <- 20L

# Said once, by the verb that the user called: a table of one row per value is seldom what is wanted.
say_many_values <- function(variables, place = "row") {
  variables <- variables[vapply(variables, function(v) length(v$levels) > most_values, NA)]
  if (length(variables) == 0L) return(invisible())
  verb <- user_verb()
  if (!verb %in% paste0("weeg_", c("proportion", "total", "crosstab", "test", "compare", "book"))) return(invisible())
  if ("method" %in% names2(as.list(user_call()))) return(invisible()) # those of ranks take numbers
  for (v in variables) {
    date <- all(grepl("^[0-9]{4}-[0-9]{2}-[0-9]{2}", v$levels))
    if (!(isTRUE(v$number) || date)) next
    name <- if (make.names(v$name) == v$name) v$name else paste0("`", visible(v$name), "`")
    message(structure(class = c("weeg_many_values", "message", "condition"), list(call = NULL, message = paste0(
      visible(v$name), " has ", format_count(length(v$levels)), " values, each a ", place, " of its own. For classes: ~ cut(",
      name, ", ", if (date) "\"month\")" else "5)", if (!date && place == "row") many_numbers_hint(verb, name, v),
      "\n"
    ))))
  }
}

# Verbs of numbers: of which labelled ones are answers to weeg_total().
many_numbers_hint <- function(verb, name, variable) {
  if (verb == "weeg_compare") return("; to compare means: measures = \"mean-difference\"")
  paste0("; for a mean: weeg_mean(design, ~", name, ")",
         if (verb == "weeg_total" && !isTRUE(variable$from_codes)) paste0("; for the total: weeg_total(design, ", name, " ~ 1)"))
}

user_verb <- function() {
  name <- user_call()[[1L]]
  if (is.call(name) && length(name) == 3L) name <- name[[3L]]
  if (is.name(name)) as.character(name) else ""
}

# What conditions and expressions see of data: in subset(), in formulas, and where margins are given. A column has one meaning
# in all of them, that of its levels: user-missing values are missing, labels name their values, dates are dates, and numbers
# of other classes are numbers. And what is computed of a variable is missing where the variable is.

# Evaluates an expression on columns.
eval_seen <- function(expression, columns, envir) {
  names <- intersect(all.vars(expression), names(columns))
  columns <- as.list(columns)
  columns[names] <- Map(function(x, name) seen_column(plain_column(x, name), name), columns[names], names)
  columns <- Filter(Negate(is.function), columns) # none is called in place of one that the expression names
  eval(expression, columns, list2env(seen_functions(all.names(expression), envir), parent = envir))
}

seen_column <- function(x, name) {
  values <- factor_values(x)
  if (!is.null(values)) return(seen_levels(as.integer(x), levels(x), values, name))
  if (is_labelled(x)) {
    found <- labelled_values(x)
    return(seen_labelled(found$values, found$labels, found$missing_labels, name, found$kind, missing_ranges(x)))
  }
  if (inherits(x, "POSIXlt")) return(as.POSIXct(x))
  if (inherits(x, "Date")) return(structure(floor(as.double(x)), class = "Date"))
  if (inherits(x, "integer64") && !isNamespaceLoaded("bit64")) return(as_numbers(x))
  if (inherits(x, "labelled")) class(x) <- setdiff(class(x), c("labelled", "integer", "numeric", "character", "logical"))
  if (is.character(x) && !is.null(attr(x, "format.spss", exact = TRUE))) return(without_end_blanks(as.vector(x)))
  x
}

# Values with their labels, user-missing ones NA; missing_labels: what these are called; missing_ranges: where they lie. Dates
# and times are such.
seen_labelled <- function(values, labels, missing_labels, name, kind = NULL, missing_ranges = NULL) {
  if (!is.null(kind$class)) return(structure(values, class = kind$class, tzone = kind$tzone, units = kind$units))
  if (is.numeric(values) && length(missing_ranges$low) > 0L) attr(values, "missing_ranges") <- missing_ranges
  if (length(labels) == 0L && length(missing_labels) == 0L) return(values)
  structure(values, labels = labels, missing_labels = missing_labels, variable = name,
            class = c("haven_labelled", "vctrs_vctr", typeof(values)))
}

# list(low, high) of user-missing values.
missing_ranges <- function(x) {
  values <- attr(x, "na_values", exact = TRUE)
  range <- attr(x, "na_range", exact = TRUE)
  if (!is.numeric(values)) values <- NULL
  if (!is.numeric(range) || length(range) != 2L) range <- NULL
  list(low = as.double(c(values, range[1L])), high = as.double(c(values, range[2L])))
}

# Levels that are numbers, dates or times: `at`, the level of each row; values, what levels stand for.
seen_levels <- function(at, text, values, name) {
  kind <- if (length(text) > 0L) text_kind(text) else "number"
  if (kind == "number") {
    labels <- if (!identical(text, number_labels(values))) stats::setNames(values, text)
    return(seen_labelled(values[at], labels, NULL, name))
  }
  values <- switch(kind, date = as.Date(text), datetime = as.POSIXct(text, tz = "UTC", format = "%Y-%m-%d %H:%M:%OS"), values)
  seen_labelled(as.double(values)[at], NULL, NULL, name, kind_class(kind))
}

# "date", "datetime" or "time" where all texts are such, as levels have them; else "number".
text_kind <- function(text) {
  if (all(grepl("^-?[0-9]{4,}-[0-9]{2}-[0-9]{2}$", text))) return("date")
  if (all(grepl("^-?[0-9]{4,}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?$", text))) return("datetime")
  if (all(grepl("^-?[0-9]{2,}:[0-9]{2}:[0-9]{2}([.][0-9]+)?$", text))) "time" else "number"
}

# ---- terms that are known by their text ------------------------------------------------------------------------------

# Results and tables of margins have their variables by name, and may come from a file that anybody wrote. So what is evaluated
# of such a text is made of variables of the data, constants and these functions of base R alone, which do nothing but compute.
said_functions <- c(
  "(", "+", "-", "*", "/", "^", "%%", "%/%", "==", "!=", "<", "<=", ">", ">=", "!", "&", "|", "xor", "%in%", "is.element",
  "is.na", "I", "c", ":", "ifelse", "cut", "findInterval", "factor", "ordered", "interaction", "paste", "paste0", "as.character",
  "as.numeric", "as.integer", "as.logical", "as.Date", "format", "weekdays", "months", "quarters", "substr", "nchar",
  "startsWith", "endsWith", "toupper", "tolower", "round", "floor", "ceiling", "trunc", "signif", "abs", "sqrt", "log", "exp",
  "pmin", "pmax"
)

# The name or expression that a text is.
said_term <- function(text, known, argument = "...") {
  if (text %in% known) return(as.name(text))
  term <- tryCatch(str2lang(text), error = function(e) NULL)
  if (is.null(term) || is.name(term)) abort_unknown(text, known, argument)
  refused <- tryCatch(refused_in(term, known), error = function(e) "something nested too deeply")
  if (is.null(refused)) return(term)
  abort("unsupported", "`", text, "` is not evaluated: it has ", refused,
        hint = paste("Only variables, constants and simple functions of base R are evaluated, such as I(a %in% c(1, 2)) and",
                     "cut(age, c(0, 30, 60)). Make it a variable of the data, and use that"))
}

# What is in a term besides variables, constants and such functions; NULL: nothing.
refused_in <- function(term, known) {
  if (is.name(term)) {
    return(if (!as.character(term) %in% known) paste0("`", as.character(term), "`, which is no variable of the data"))
  }
  if (!is.call(term)) return(if (!(is.atomic(term) || is.null(term)) || is.object(term)) "something that is no constant")
  name <- term[[1L]]
  if (!is.name(name) || !as.character(name) %in% said_functions) return(paste0("the function `", deparse1(name), "`"))
  for (argument in as.list(term)[-1L]) {
    found <- refused_in(argument, known)
    if (!is.null(found)) return(found)
  }
}

# ---- functions -------------------------------------------------------------------------------------------------------

# Functions that compare, and those that would take a missing value for an answer, in place of the user's own of that name.
seen_functions <- function(called, envir) {
  original <- function(name) get(name, envir = envir, mode = "function")
  named <- function(names, make) lapply(stats::setNames(nm = intersect(names, called)), function(n) make(original(n), n))
  operators <- grep("^%.*%$", called, value = TRUE)
  c(
    named(c("==", "!=", "<", "<=", ">", ">="), comparison),
    named(c("is.element", grep("(in|ni|range)%$", operators, value = TRUE)), function(real, name) {
      function(x, table) {
        said <- substitute(x)
        member <- function(x) {
          pair <- member_pair(x, table, said)
          missing_where(real(pair[[1L]], pair[[2L]]), if (!anyNA(table)) x)
        }
        value <- if (is_plain(table) && is_base(real, name)) by_few(x, member)
        if (is.null(value)) member(x) else value
      }
    }),
    named(grep("like%$", operators, value = TRUE), function(real, name) {
      function(x, pattern) missing_where(real(label_texts(x), pattern), x)
    }),
    named("match", function(real, name) {
      function(x, table, ...) {
        pair <- member_pair(x, table, substitute(x))
        real(pair[[1L]], pair[[2L]], ...)
      }
    }),
    named("grepl", function(real, name) {
      function(pattern, x, ...) missing_where(real(pattern, label_texts(x), ...), x)
    }),
    named(c("startsWith", "endsWith"), function(real, name) function(x, ...) real(label_texts(x), ...)),
    named(c("paste", "paste0", "sprintf", "format", "formatC", "nzchar"), function(real, name) {
      function(...) missing_where(real(...), ...)
    }),
    named(c("factor", "ordered"), function(real, name) {
      function(x, levels, ...) {
        if (missing(levels)) return(real(x, ...))
        real(if (is.character(levels)) label_texts(x) else x, levels = levels, ...)
      }
    })
  )
}

# The value where none of the arguments as long as it is missing.
missing_where <- function(value, ...) {
  for (x in list(...)) {
    if (is.atomic(x) && length(x) == length(value)) value[is.na(x)] <- NA
  }
  value
}

# ---- comparisons -----------------------------------------------------------------------------------------------------

comparison <- function(real, sign) {
  compare <- function(e1, e2, said1, said2) {
    if (is_labelled(e1) && is_text(e2)) return(compare_labels(e1, as.character(e2), sign))
    if (is_labelled(e2) && is_text(e1)) {
      return(compare_labels(e2, as.character(e1), chartr("<>", "><", sign)))
    }
    refuse_no_code(e1, e2, said1, sign)
    refuse_no_code(e2, e1, said2, sign)
    x <- text_times(e1, e2)
    y <- text_times(e2, e1)
    refuse_no_value(x, y, said1, sign)
    refuse_no_value(y, x, said2, sign)
    if (is_time(y) && !is_time(x)) {
      pair <- rev(comparable(y, x, said2))
    } else {
      pair <- comparable(x, y, said1)
    }
    real(pair[[1L]], pair[[2L]])
  }
  function(e1, e2) {
    said1 <- substitute(e1)
    said2 <- substitute(e2)
    value <- if (length(e2) == 1L && is_plain(e2) && is_base(real, sign)) by_few(e1, function(e1) compare(e1, e2, said1, said2))
    if (is.null(value)) compare(e1, e2, said1, said2) else value
  }
}

is_base <- function(real, name) identical(real, get0(name, baseenv(), mode = "function"))

# What a function gives for each value of a long vector of texts, levels or values with labels, one by one; NULL where they are
# not few, or something is wrong, which the rows say in their order.
by_few <- function(x, how) {
  if (!is.character(x) && !is.factor(x) && !is_labelled(x)) return(NULL)
  if (is.object(x) && !is.factor(x) && !inherits(x, "haven_labelled")) return(NULL)
  few <- few_of(x)
  if (is.null(few)) return(NULL)
  value <- tryCatch(how(few$values), error = function(e) NULL)
  if (is.logical(value) && length(value) == length(few$values)) of_few(few, value)
}

# Texts that are all dates or times, as those of CSV files are, compared with texts that are such too.
text_times <- function(x, other) {
  if (!is.character(x) || !is_text(other)) return(x)
  written <- "^[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}([ T][0-9:.]+)?$|^[0-9]+:[0-9]{2}(:[0-9.]+)?$"
  others <- stats::na.omit(unique(as.character(other)))
  if (length(others) == 0L || !all(grepl(written, others))) return(x)
  text <- factor(x, exclude = c(NA, ""))
  kind <- if (nlevels(text) > 0L) text_kind(levels(text)) else "number"
  if (kind == "number") return(x)
  midnight <- structure(0, units = "secs", class = c("hms", "difftime"))
  seconds <- if (kind == "time") comparable_times(midnight, levels(text), "")[[2L]]
  seen_levels(as.integer(text), levels(text), seconds, NULL)
}

# What R compares letter by letter, or finds nobody with, and says nothing: text in order with numbers, numbers with a text that
# is none, and factors with a level that they do not have.
refuse_no_value <- function(x, other, said, sign) {
  in_order <- !sign %in% c("==", "!=")
  if (is.numeric(other) && in_order && is_text(x) && !is.ordered(x) && !is.character(said)) abort_text_order(deparse1(said), x)
  if (!is_plain(other) || length(other) != 1L || is.na(other)) return(invisible())
  if (is.factor(x)) refuse_no_level(x, other, said, in_order)
  if (!in_order) refuse_no_text(x, other, said)
  if (is.numeric(x) && !is.object(x) && is.character(other) && (in_order || is.na(suppressWarnings(as.numeric(other))))) {
    abort("variable", "`", deparse1(said), "` is a number: compare it with a number, without quotes, not with \"", other, "\"")
  }
  if (is.logical(x) && is.character(other) && !other %in% c("TRUE", "FALSE") && !all(is.na(x))) {
    abort("variable", "`", deparse1(said), "` is TRUE or FALSE, and never \"", other, "\"")
  }
}

is_plain <- function(x) (is.character(x) || is.numeric(x) || is.logical(x)) && !is.object(x)

refuse_no_level <- function(x, other, said, in_order = FALSE) {
  if (in_order && !is.ordered(x)) {
    abort("variable", "the levels of `", deparse1(said), "` have no order", hint = "Compare it with == or %in%")
  }
  if (any(as.character(other) %in% c(levels(x), NA))) return(invisible())
  abort("variable", "`", deparse1(said), "` has no level \"", other[1L], "\"; its levels are ",
        paste0("\"", utils::head(levels(x), 12L), "\"", collapse = ", "), if (nlevels(x) > 12L) ", ...",
        hint = near_hint(as.character(other[1L]), levels(x)))
}

# Texts that a variable does not have, as a factor does not; what is computed of it may be compared with any.
refuse_no_text <- function(x, other, said) {
  if (!is.character(x) || !is.name(said) || length(x) < 2L || any(as.character(other) %in% c(x, "", NA)) || all(is.na(x))) {
    return(invisible())
  }
  values <- sort_values(x[!is.na(x)])
  if (text_kind(c(values, as.character(other))) != "number") return(invisible()) # dates: any day may be asked for
  abort("variable", "`", deparse1(said), "` has no value \"", other[1L], "\"; its values are ",
        listed(paste0("\"", values, "\"")), hint = near_hint(as.character(other[1L]), values))
}

abort_text_order <- function(said, values) {
  texts <- unique(as.character(values))
  texts <- texts[!is.na(texts) & is.na(suppressWarnings(as.numeric(texts)))]
  example <- if (length(texts) > 0L) paste0(": it has the value \"", texts[1L], "\"")
  abort("variable", "`", said, "` is text, not a number", example,
        hint = "Make such values missing (of a CSV file: `na`), or compare with texts")
}

# Values and the table that they are looked up in, of which one must be there.
member_pair <- function(x, table, said) {
  x <- text_times(x, table)
  if (is_plain(table) && length(table) > 0L) {
    if (is.factor(x)) refuse_no_level(x, table, said)
    refuse_no_text(x, table, said)
  }
  refuse_no_code(x, table, said)
  comparable(x, table, said)
}

is_text <- function(x) is.character(x) || is.factor(x)

is_time <- function(x) inherits(x, c("Date", "POSIXct", "hms"))

# Values and what they are compared with, as R compares them: x by its labels where `other` is texts, dates as numbers.
comparable <- function(x, other, said) {
  if (inherits(other, "POSIXlt")) other <- as.POSIXct(other)
  if (is_labelled(x) && is_text(other)) return(list(plain_values(x), named_values(x, as.character(other))))
  if (is_labelled(x) || is_labelled(other)) return(list(plain_values(x), plain_values(other)))
  if (!is_time(x)) return(list(x, other))
  name <- deparse1(said)
  if (is_text(other)) other <- as.character(other)
  if (inherits(x, "hms")) return(comparable_times(x, other, name))
  if (is.character(other)) other <- dates_of(other, attr(x, "tzone"), inherits(x, "POSIXct"), name)
  if (is.logical(other) && all(is.na(other))) return(list(x, other))
  if (!inherits(other, c("Date", "POSIXct"))) {
    abort("variable", name, " is a date, and cannot be compared with ", deparse1(utils::head(as.vector(other), 2L)),
          hint = "Compare it with dates, such as \"2020-12-31\" or as.Date(\"2020-12-31\")")
  }
  # a date stands for the whole day
  if (inherits(x, "Date") != inherits(other, "Date")) {
    x <- day_of(x)
    other <- day_of(other)
  }
  list(as.double(x), as.double(other))
}

plain_values <- function(x) if (is_labelled(x)) labelled_values(x)$values else x

day_of <- function(x) {
  if (inherits(x, "Date")) return(x)
  zone <- attr(x, "tzone", exact = TRUE)
  as.Date(x, tz = if (is.null(zone)) "" else zone[1L])
}

# Texts as dates, or where all have a time and that is wanted, as dates with a time.
dates_of <- function(text, zone, times, name) {
  text[!nzchar(text)] <- NA
  only_date <- grepl("^[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}$", text)
  day <- as.Date(gsub("/", "-", substr(text, 1L, 10L), fixed = TRUE), format = "%Y-%m-%d")
  dated <- only_date | grepl("^[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}[ T]", text)
  wrong <- !is.na(text) & (is.na(day) | !dated)
  time <- if (times && !all(only_date | is.na(text)) && !any(wrong)) {
    whole <- sub("T", " ", sub("^([^ T]*)$", "\\1 00:00:00", text))
    whole <- sub("^([^ ]* [0-9]+:[0-9]+)$", "\\1:00", gsub("/", "-", whole, fixed = TRUE))
    as.POSIXct(whole, tz = if (is.null(zone)) "" else zone[1L], format = "%Y-%m-%d %H:%M:%OS")
  }
  if (!is.null(time)) wrong <- wrong | (!is.na(text) & is.na(time))
  if (any(wrong)) {
    abort("variable", "\"", text[wrong][1L], "\" is no date, but is compared with the dates of ", name,
          hint = "Dates are written 2020-12-31")
  }
  if (is.null(time)) day else time
}

# Times of the day, and other times of package hms, in seconds.
comparable_times <- function(x, other, name) {
  seconds <- as.double(unclass(x))
  if (inherits(other, "difftime")) return(list(seconds, as.double(other, units = "secs")))
  if (!is.character(other)) return(list(seconds, other))
  parts <- regmatches(other, regexec("^(-?)([0-9]+):([0-5][0-9])(:([0-5][0-9]([.][0-9]+)?))?$", other))
  value <- vapply(parts, function(p) {
    if (length(p) == 0L) return(NA_real_)
    (if (nzchar(p[2L])) -1 else 1) * sum(c(3600, 60, 1) * as.double(c(p[3L], p[4L], if (nzchar(p[6L])) p[6L] else 0)))
  }, 0)
  wrong <- !is.na(other) & is.na(value)
  if (any(wrong)) {
    abort("variable", "\"", other[wrong][1L], "\" is no time, but is compared with the times of ", name,
          hint = "Times are written 08:30 or 08:30:00")
  }
  list(seconds, value)
}

# ---- labels ----------------------------------------------------------------------------------------------------------

# The label of each value, or the value where it has none.
label_texts <- function(x) {
  if (!is_labelled(x)) return(x)
  found <- labelled_values(x)
  text <- names(found$labels)[match(found$values, found$labels)]
  own <- if (is.numeric(found$values)) number_texts(found$values) else found$values
  ifelse(is.na(text), own, text)
}

number_texts <- function(x) {
  seen <- unique(x)
  ifelse(is.na(seen), NA, number_labels(seen))[match(x, seen)]
}

# == and != with labels, or with values as texts. Two values may have one label.
compare_labels <- function(x, text, sign) {
  values <- plain_values(x)
  if (!sign %in% c("==", "!=")) {
    codes <- named_values(x, text)
    abort("variable", attr(x, "variable"), " has values with labels: compare it with the values",
          if (length(codes) == 1L) paste0(" (\"", text[1L], "\" is ", codes, ")"))
  }
  if (length(text) == 1L) {
    same <- values %in% named_values(x, text, refuse_missing = sign == "==")
    same[is.na(values) | is.na(text)] <- NA
  } else {
    same <- label_texts(x) == text
    if (is.numeric(values)) same <- same | (number_texts(values) == text)
  }
  if (sign == "==") same else !same
}

# The values that texts stand for: of numbers by label, else as they are written; of texts the other way round. Texts that
# are neither are an error, and so are user-missing values alone, which no row has.
named_values <- function(x, text, refuse_missing = TRUE) {
  found <- labelled_values(x)
  name <- attr(x, "variable")
  text <- unique(text[!is.na(text)])
  missing_labels <- names(found$missing_labels)
  is_number <- is.numeric(found$values)
  known <- unique(c(unname(found$labels), found$values[!is.na(found$values)]))
  own <- if (is_number) number_labels(known) else known
  label <- names(found$labels)[match(known, found$labels)]
  both <- paste0(label, " [", own, "]")
  values <- list()
  for (t in text) {
    by_label <- known[(!is.na(label) & label == t) | both == t]
    by_value <- known[own == t]
    first <- if (is_number) by_label else by_value
    values[[t]] <- if (length(first) > 0L) first else if (is_number) by_value else by_label
  }
  unknown <- setdiff(text[!lengths(values[text]) > 0L], missing_labels)
  if (length(unknown) > 0L) {
    abort_label(paste0("\"", unknown[1L], "\""), name, label, own, near_hint(unknown[1L], stats::na.omit(label)))
  }
  if (refuse_missing && length(text) > 0L && !any(lengths(values) > 0L)) abort_user_missing(paste0("\"", text[1L], "\""), name)
  unique(unlist(values, use.names = FALSE))
}

# Numbers that no row can have: codes of user-missing values, and where all values have labels, others than these.
refuse_no_code <- function(x, code, said, sign = "==") {
  if (!is_labelled(x) && is.null(attr(x, "missing_ranges", exact = TRUE))) return(invisible())
  if (is.factor(code) || !sign %in% c("==", "!=") || (sign == "!=" && length(code) > 1L)) return(invisible())
  found <- labelled_values(x)
  known <- unique(c(unname(found$labels), found$values[!is.na(found$values)]))
  if (is.logical(code) && is_labelled(x) && !all(is.na(code)) && !all(known %in% c(0, 1))) {
    # TRUE is 1, which any label may have
    label <- names(found$labels)[match(known, found$labels)]
    abort_label(stats::na.omit(code)[1L], attr(x, "variable"), label, as.character(known))
  }
  if (!is.numeric(code) || !is.numeric(known) || length(code) == 0L || any(code %in% c(known, NA))) return(invisible())
  name <- c(attr(x, "variable", exact = TRUE), deparse1(said))[1L]
  label <- names(found$labels)[match(known, found$labels)]
  # what is computed of a variable keeps its attributes, but not their meaning
  ranges <- if (is.name(said)) attr(x, "missing_ranges", exact = TRUE)
  missing <- code %in% found$missing_labels | vapply(code, function(one) any(one >= ranges$low & one <= ranges$high), NA)
  if (any(missing)) {
    if (sign == "==") abort_user_missing(code[missing][1L], name)
  } else if (is_labelled(x) && !is_scale(known, label)) {
    abort_label(number_labels(code[1L]), name, label, number_labels(known))
  }
}

abort_user_missing <- function(value, name) {
  abort("variable", value, " is a user-missing value of ", name, ": it counts as missing, and no row has it",
        hint = paste0("To leave such rows out, write !is.na(", name, ")"))
}

abort_label <- function(value, name, label, own, near = NULL) {
  all <- ifelse(is.na(label), own, paste0(own, " = ", label))[order(is.na(label))]
  abort("variable", name, " has no value or label ", value, "; it has ", paste(utils::head(all, 12L), collapse = ", "),
        if (length(all) > 12L) ", ...", hint = near)
}

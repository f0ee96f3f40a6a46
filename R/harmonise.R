# Data under the levels of a codebook, and what differs from it.

# The data as a list of data frames, named by round where there are several.
study_parts <- function(data, book) {
  data <- bare(data)
  parts <- if (is.data.frame(data) || (is.character(data) && length(data) == 1L)) list(data) else data
  if (is.atomic(parts)) parts <- as.list(parts)
  if (!is.list(parts) || length(parts) == 0L) {
    abort("argument", "`data` must be a data frame, the path of a CSV or SPSS file, or a list of these")
  }
  names <- names(parts)
  if (length(parts) > 1L && (is.null(names) || !all(nzchar(names)))) {
    abort("argument", "a list of data must have names: the rounds, as in list(\"1\" = \"round1.csv\", \"2\" = \"round2.csv\")")
  }
  parts <- lapply(parts, function(part) {
    part <- bare(part)
    if (is.character(part)) part <- one_path(part, "data", "the path of one CSV or SPSS file")
    if (is_sav(part)) {
      need_package("haven", "to read an SPSS file for a study")
      if (!file.exists(part)) abort("file", "there is no file ", part)
      part <- haven::read_spss(part, user_na = TRUE)
    }
    if (is.character(part)) part <- without_blank_end(read_csv_frame(part))
    if (!is.data.frame(part)) abort("argument", "`data` must be data frames or paths of files, not a ", class(part)[1L])
    plain_part(part, names(book$roles))
  })
  if (sum(vapply(parts, nrow, 0L)) == 0L) abort("study", "the data have no rows")
  name <- with_role(book, "round")
  if (length(name) > 0L && !is.null(names)) {
    parts <- Map(function(part, round) {
      if (!name %in% names(part) && nrow(part) > 0L) part[[name]] <- round
      part
    }, parts, names)
  }
  stats::setNames(parts, if (is.null(names)) "data" else names)
}

# A data frame of the same columns, without what classes and broken factors bring along. asked: the names of those that must be
# vectors with a value in each row.
plain_part <- function(part, asked) {
  if (is.null(names(part)) && length(part) > 0L) abort("argument", "`data` has columns without names")
  columns <- Map(function(x, name) {
    vector <- is.atomic(x) && !is.null(x) && length(attr(x, "dim", exact = TRUE)) < 2L || inherits(x, "POSIXlt")
    if (!vector && !name %in% asked) return(x)
    x <- plain_column(x, name)
    if (!vector || value_rows(x) != nrow(part)) {
      abort("variable", "variable `", name, "` is a ", class(x)[1L], ", not a vector with a value in each of the ",
            nrow(part), " rows")
    }
    plain_integers(x)
  }, unclass(part), names(part))
  structure(columns, class = "data.frame", row.names = .set_row_names(nrow(part)))
}

# Spreadsheets write rows without anything in them below the last one: nobody is there.
without_blank_end <- function(part) {
  filled <- which(Reduce(`|`, lapply(part, function(x) !is.na(x)), rep(FALSE, nrow(part))))
  part[seq_len(max(0L, filled)), , drop = FALSE]
}

# list(data: its columns by the codebook; source: where its rows come from, part and row; problems)
harmonise_part <- function(part, part_name, book) {
  rounds <- round_of(part, book)
  columns <- list()
  problems <- list()
  add <- function(...) problems[[length(problems) + 1L]] <<- new_problems(part_name, ...)
  used <- character()
  for (name in names(book$roles)) {
    levels <- book$levels[[name]]
    if ("battery" %in% book$roles[[name]]) next # its items are variables of their own
    if ("multiple" %in% book$roles[[name]]) {
      found <- harmonise_items(part, name, book, rounds, add)
      columns[names(found$columns)] <- found$columns
      used <- c(used, found$used)
    } else if (!name %in% names(part)) {
      missing_variable(name, book, names(part))
      add(NA, name, NA, "missing variable", "left out of all results")
    } else if ("weight" %in% book$roles[[name]]) {
      columns[[name]] <- study_weight(part[[name]], name, add)
    } else if ("id" %in% book$roles[[name]]) {
      columns[[name]] <- part[[name]]
    } else if (NROW(levels$texts) == 0L) {
      columns[[name]] <- own_values(part[[name]], book$roles[[name]])
      values <- length(levels(columns[[name]]))
      if (values > 30L && any(table_roles %in% book$roles[[name]])) {
        add(NA, name, NA, "many values", paste0("each of ", values, " is a level; consider grouping them"))
      }
    } else {
      columns[[name]] <- harmonise_levels(part[[name]], levels, rounds, name, book, add)
    }
    used <- c(used, name)
  }
  for (name in setdiff(names(part), c(used, book$ignored))) add(NA, name, NA, "not in the codebook", "left out of all results")
  if (length(columns) == 0L) abort("study", "the data have none of the variables of the codebook")
  data <- structure(columns, class = "data.frame", row.names = .set_row_names(nrow(part)))
  source <- list(part = rep(part_name, nrow(part)), row = seq_len(nrow(part)))
  none <- new_problems("", integer(), character(), character(), character(), character())
  list(data = data, source = source, problems = do.call(rbind, c(list(none), problems)))
}

new_problems <- function(part, row, variable, value, problem, action) {
  count <- length(row)
  data.frame(part = rep_len(part, count), row = as.integer(row), variable = rep_len(variable, count),
             value = rep_len(as.character(value), count), problem = rep_len(problem, count), action = rep_len(action, count))
}

# Without these nothing can be computed.
missing_variable <- function(name, book, known) {
  needed <- intersect(book$roles[[name]], c("weight", "stratum", "cluster"))
  if (length(needed) == 0L) return(invisible())
  near <- near_hint(name, known)
  abort("study", "the data have no variable ", name, ", which the codebook says is the ", needed[1L],
        hint = if (is.null(near)) "Correct its name in the codebook, or remove it" else near)
}

# A column `code ROUND` for a round that is in none of the parts is a mistake in its name.
check_rounds <- function(parts, book) {
  name <- with_role(book, "round")
  if (length(name) == 0L || length(book$rounds) == 0L) return(invisible())
  known <- stats::na.omit(unique(unlist(lapply(parts, function(part) value_texts(part[[name]])))))
  unknown <- setdiff(book$rounds, c(known, book$levels[[name]]$codes, book$levels[[name]]$texts))
  if (length(unknown) > 0L && length(known) > 0L) {
    abort("study", "the codebook has codes for round ", unknown[1L], ", but ", name, " has only ",
          listed(sort(known)))
  }
}

# The code of each row's round, as the codebook's columns `code ROUND` name it; "" without rounds.
round_of <- function(part, book) {
  name <- with_role(book, "round")
  if (length(name) == 0L || !name %in% names(part)) return(rep("", nrow(part)))
  value <- value_texts(part[[name]])
  # a round may be named by its code or by its text
  levels <- book$levels[[name]]
  at <- match_codes(value, levels, rep("", length(value)))$number
  for (round in book$rounds) {
    own <- match(round, levels$codes[, 1L], match(round, levels$texts[, 1L]))
    value[!is.na(at) & at == own & !is.na(own)] <- round
  }
  ifelse(is.na(value), "", value)
}

# Integers of 64 bits as numbers, or where these do not have all digits, as texts.
plain_integers <- function(x) {
  if (!inherits(x, "integer64")) return(x)
  numbers <- as_numbers(x)
  if (all(abs(numbers) < 2^53, na.rm = TRUE)) return(numbers)
  column <- code_values(x, "")
  column$levels[column_codes(c(column, size = length(column$levels)))]
}

# Values as the texts that codes are matched with.
value_texts <- function(x) {
  x <- if (is.numeric(x) && !is.factor(x)) as.double(unclass(x)) else column_texts(x)
  seen <- unique(x)
  text <- if (is.numeric(seen)) ifelse(is.na(seen), NA, number_labels(seen)) else seen
  text <- one_line(as.character(text))
  text[!nzchar(text)] <- NA
  text[match(x, seen)]
}

# What tables are made of.
table_roles <- c("outcome", "question", "background", "group", "covariate")

# A variable without levels in the codebook: what is asked or grouped by has the values that occur as levels, those of SPSS by
# their labels.
own_values <- function(x, roles) {
  if (is.character(x) && !is_labelled(x)) x <- value_texts(x)
  of_table <- any(c("round", table_roles) %in% roles)
  if (is_labelled(x) || is.character(x) || (is.object(x) && length(roles) > 0L) || (is.numeric(x) && of_table)) {
    if (!is.factor(x)) {
      column <- code_column(x, "")
      codes <- column_codes(column)
      occur <- sort(unique(codes))
      x <- factor(codes, occur, column$levels[occur], ordered = "ordered" %in% roles)
      return(structure(x, values = if (isTRUE(column$number)) level_scores(column)[occur]))
    }
  }
  if (is.factor(x)) return(factor(x, ordered = "ordered" %in% roles || is.ordered(x)))
  as.vector(unclass(x))
}

study_weight <- function(x, name, add) {
  if (is.factor(x) || is.character(x)) x <- column_texts(x)
  number <- if (is.character(x)) {
    suppressWarnings(as.double(sub(",", ".", trimws(x), fixed = TRUE)))
  } else if (typeof(x) %in% c("double", "integer", "logical")) {
    as_numbers(x)
  } else {
    rep(NA_real_, length(x))
  }
  wrong <- is.na(number) | !is.finite(number) | number < 0
  absent <- is.na(bare(plain_values(x)))
  for (none in c(TRUE, FALSE)) {
    rows <- which(wrong & absent == none)
    if (length(rows) > 0L) add(rows, name, column_texts(x)[rows], if (none) "no weight" else "not a weight", "row left out")
  }
  number[wrong] <- NA
  number
}

# ---- levels ----------------------------------------------------------------------------------------------------------

# The codes of the levels in a round: that round's own, else the one for all. NA: not offered in this round.
codes_in <- function(levels, round) {
  own <- if (nzchar(round) && round %in% colnames(levels$codes)) levels$codes[, round] else rep("", nrow(levels$codes))
  code <- ifelse(nzchar(own), own, levels$codes[, 1L])
  ifelse(nzchar(code), code, NA)
}

# The level of each text, by the codes of its round; `spelling`: matched without regard to capitals and blanks.
match_codes <- function(value, levels, rounds) {
  number <- rep(NA_integer_, length(value))
  spelling <- rep(FALSE, length(value))
  loose <- function(x) gsub("[[:space:]]+", " ", tolower(visible(x)))
  for (round in unique(rounds)) {
    here <- which(rounds == round & !is.na(value))
    codes <- codes_in(levels, round)
    seen <- unique(value[here])
    found <- match(seen, codes, incomparables = NA)
    for (language in seq_len(ncol(levels$texts))) {
      text <- ifelse(is.na(codes), NA, levels$texts[, language])
      found <- ifelse(is.na(found), match(seen, text, incomparables = NA), found)
    }
    figures <- suppressWarnings(as.double(codes))
    found <- ifelse(is.na(found), match(suppressWarnings(as.double(seen)), figures, incomparables = NA), found)
    near <- match(loose(seen), loose(codes), incomparables = NA)
    for (language in seq_len(ncol(levels$texts))) {
      text <- ifelse(is.na(codes), NA, levels$texts[, language])
      near <- ifelse(is.na(near), match(loose(seen), loose(text), incomparables = NA), near)
    }
    by_spelling <- is.na(found) & !is.na(near)
    found[by_spelling] <- near[by_spelling]
    at <- match(value[here], seen)
    number[here] <- found[at]
    spelling[here] <- by_spelling[at]
  }
  list(number = number, spelling = spelling)
}

harmonise_levels <- function(x, levels, rounds, name, book, add) {
  value <- value_texts(x)
  found <- match_codes(value, levels, rounds)
  labels <- attr(x, "labels", exact = TRUE)
  if (!is.null(labels) && anyNA(found$number)) { # a value of SPSS that the codebook names by its label
    by_label <- match_codes(value_texts(names(labels)[match(as.vector(unclass(x)), labels)]), levels, rounds)
    other <- is.na(found$number)
    found <- Map(function(a, b) ifelse(other, b, a), found, by_label)
  }
  unknown <- which(!is.na(value) & is.na(found$number) & !is.na(bare(plain_values(x)))) # user-missing values may be unknown
  if (length(unknown) > 0L) add(unknown, name, value[unknown], "unknown code", "answer taken as missing")
  spelt <- which(found$spelling)
  if (length(spelt) > 0L) {
    add(spelt, name, value[spelt], "other spelling", paste0("read as ", dQuote(levels$texts[found$number[spelt], 1L], FALSE)))
  }
  labels <- unname(kept_texts(levels)[, 1L])
  place <- ifelse(levels$missing, NA, cumsum(!levels$missing))
  factor(labels[place[found$number]], levels = labels, ordered = "ordered" %in% book$roles[[name]])
}

# ---- multiple-response questions -------------------------------------------------------------------------------------

# The name of each item's column in the study: its first code.
item_columns <- function(levels) apply(levels$codes, 1L, function(codes) c(codes[nzchar(codes)], "")[1L])

yes_texts <- c("true", "1", "ja", "j", "yes", "y", "x", "waar")
no_texts <- c("false", "0", "nee", "n", "no", "onwaar")

# An item whose values have labels is named by these, where they are such texts: 1 may be no, and 2 yes.
yes_no_texts <- function(x) {
  if (!is_labelled(x)) return(value_texts(x))
  texts <- value_texts(label_texts(x))
  said <- tolower(visible(value_texts(names(labelled_values(x)$labels))))
  if (length(said) > 0L && all(said %in% c(yes_texts, no_texts))) texts else value_texts(plain_values(x))
}

harmonise_items <- function(part, name, book, rounds, add) {
  levels <- book$levels[[name]]
  blank <- "blank" %in% book$roles[[name]]
  names <- item_columns(levels)
  columns <- list()
  used <- character()
  for (i in seq_along(names)) {
    sources <- vapply(unique(rounds), function(round) codes_in(levels, round)[i], "", USE.NAMES = FALSE)
    used <- c(used, stats::na.omit(sources))
    if (!any(sources %in% names(part))) {
      add(NA, names[i], NA, "missing variable", "left out of all results")
      next
    }
    value <- rep(NA_character_, nrow(part))
    is_blank <- rep(FALSE, nrow(part)) # user-missing values are not
    for (at in which(sources %in% names(part))) {
      here <- rounds == unique(rounds)[at]
      item <- part[[sources[at]]]
      value[here] <- yes_no_texts(item)[here]
      is_blank <- is_blank | (here & is.na(value_texts(item)))
    }
    said <- tolower(visible(value))
    named <- ifelse(said %in% c(yes_texts, tolower(visible(levels$texts[i, ]))), TRUE, ifelse(said %in% no_texts, FALSE, NA))
    unknown <- which(!is.na(value) & is.na(named))
    if (length(unknown) > 0L) add(unknown, names[i], value[unknown], "unknown code", "answer taken as missing")
    if (blank) named[is_blank] <- FALSE
    columns[[names[i]]] <- named
  }
  if (!blank) refuse_only_yes_items(columns, part, levels, rounds, name)
  list(columns = columns, used = unique(used))
}

# Of a round, as refuse_only_yes().
refuse_only_yes_items <- function(columns, part, levels, rounds, name) {
  for (round in unique(rounds)) {
    here <- which(rounds == round)
    sources <- codes_in(levels, round)
    at <- which(sources %in% names(part))
    items <- lapply(at, function(i) {
      column <- code_column(part[[sources[i]]], sources[i])
      item_column(column, column_codes(column)[here], FALSE)
    })
    named <- lapply(columns[item_columns(levels)[at]], `[`, here)
    only <- if (length(at) > 0L) which(only_yes(items, named))
    if (length(only) == 0L) next
    abort("study", sources[at[only[1L]]], ", an item of ", name, if (nzchar(round)) paste0(", in round ", round),
          ", has no answer but yes and blanks, so that all who answered would name it",
          hint = paste("If a blank means that an item is not named, say so in the codebook: give", name,
                       "the role \"multiple blank\". If it is no answer, the data need a code for those who do not name it,",
                       "such as 0"))
  }
}

# ---- rounds together, and checks of rows -----------------------------------------------------------------------------

bind_parts <- function(parts, book) {
  if (length(parts) == 1L) return(parts[[1L]])
  names <- unique(unlist(lapply(parts, names)))
  columns <- lapply(names, function(name) {
    pieces <- lapply(parts, function(part) if (is.null(part[[name]])) rep(NA, nrow(part)) else part[[name]])
    if (!any(vapply(pieces, is.factor, NA))) return(unlist(pieces, use.names = FALSE))
    ordered <- any(vapply(pieces, is.ordered, NA))
    joined <- Reduce(join_levels, lapply(Filter(is.factor, pieces), function(x) {
      values <- factor_values(x)
      list(levels = levels(x), ordered = FALSE, number = !is.null(values), values = values)
    }))
    x <- factor(unlist(lapply(pieces, as.character), use.names = FALSE), levels = joined$levels, ordered = ordered)
    structure(x, values = if (joined$number) level_scores(joined))
  })
  rows <- sum(vapply(parts, nrow, 0L))
  structure(columns, names = names, class = "data.frame", row.names = .set_row_names(rows))
}

# list(problems, left_out): rows that cannot be used, duplicates, and respondents or clusters in two places.
check_rows <- function(data, source, book) {
  problems <- list()
  at <- function(rows, variable, value, problem, action) {
    if (length(rows) == 0L) return(invisible())
    found <- new_problems("", source$row[rows], variable, value, problem, action)
    found$part <- source$part[rows]
    problems[[length(problems) + 1L]] <<- found
  }
  left_out <- rep(FALSE, nrow(data))
  for (name in intersect(with_role(book, c("stratum", "cluster")), names(data))) {
    none <- which(is.na(data[[name]]))
    at(none, name, NA, paste("no", intersect(c("cluster", "stratum"), book$roles[[name]])[1L]), "row left out")
    left_out[none] <- TRUE
  }
  weight <- with_role(book, "weight")
  if (length(weight) > 0L) left_out[is.na(data[[weight]])] <- TRUE
  check_respondents(data, source, book, at)
  check_clusters(data, book, left_out, at)
  list(problems = do.call(rbind, problems), left_out = left_out)
}

check_respondents <- function(data, source, book, at) {
  several <- length(unique(source$part)) > 1L
  row_name <- function(i) paste0("row ", source$row[i], if (several) paste0(" of ", source$part[i]))
  id <- intersect(with_role(book, "id"), names(data))
  if (length(id) == 0L) {
    if (length(data) < 10L) return(invisible()) # the same few answers are no sign of a mistake
    same <- duplicated(data)
    first <- match(paste_columns(data[same, ], "\r"), paste_columns(data, "\r"))
    at(which(same), "(all)", NA, "duplicate row", paste0("kept; the same as ", row_name(first)))
    return(invisible())
  }
  value <- as.character(data[[id]])
  at(which(is.na(value)), id, NA, "no respondent number", "kept")
  first <- match(value, value)
  again <- which(!is.na(value) & first != seq_along(value))
  area <- intersect(c(with_role(book, "area"), with_role(book, "cluster")), names(data))
  moved <- rep(FALSE, length(again))
  if (length(area) > 0L) {
    here <- as.character(data[[area[1L]]])
    moved <- !is.na(here[again]) & !is.na(here[first[again]]) & here[again] != here[first[again]]
    rows <- again[moved]
    at(rows, id, value[rows], paste0("respondent in two areas"),
       paste0("kept; ", here[rows], " here, ", here[first[rows]], " in ", row_name(first[rows])))
  }
  rows <- again[!moved]
  at(rows, id, value[rows], "duplicate respondent", paste0("kept; the same number as ", row_name(first[rows])))
}

check_clusters <- function(data, book, left_out, at) {
  cluster <- with_role(book, "cluster")
  stratum <- with_role(book, "stratum")
  if (length(cluster) == 0L || length(stratum) == 0L) return(invisible())
  place <- as.character(data[[cluster]])
  layer <- as.character(data[[stratum]])
  counts <- table(place[!left_out], layer[!left_out])
  for (name in rownames(counts)[rowSums(counts > 0L) > 1L]) {
    usual <- colnames(counts)[which.max(counts[name, ])]
    rows <- which(!left_out & place == name & layer != usual)
    at(rows, cluster, name, "cluster in two strata",
       paste0("no design until corrected; ", layer[rows], " here, ", usual, " elsewhere"))
  }
}

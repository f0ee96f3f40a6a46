# Reading a codebook: a long table with a row per variable, with its role and question, and under it a row per level.

study_roles <- c("id", "weight", "stratum", "cluster", "round", "area", "organisation", "group", "outcome", "question",
                 "background", "covariate", "multiple", "blank", "battery", "ordered", "ignore")
codebook_columns <- c("variable", "role", "code", "meaning", "external", "source")
level_meanings <- c("focus", "compare", "met", "unmet", "unneeded", "none", "missing")
need_meanings <- c("met", "unneeded", "unmet", "none")

# list(title, note: a text per language or NULL; languages; rounds, those that have codes of their own; ignored: names of columns;
# variables: name, question (languages in columns) and roles; levels: per variable its rows, with codes (a column per round and
# "" for all)).
read_codebook <- function(codebook) {
  if (is.character(codebook)) codebook <- one_path(codebook, "codebook", "the path of one CSV file")
  where <- if (is.character(codebook)) basename(codebook) else "the codebook"
  table <- codebook_table(codebook)
  if (nrow(table) == 0L) abort("study", where, " has no rows")
  languages <- grep("^[a-z]{2}$", names(table), value = TRUE)
  if (!"variable" %in% names(table) || length(languages) == 0L) {
    abort("study", where, " needs a column `variable` and a column of texts for each language, such as `nl` or `en`, but has ",
          listed(paste0("`", names(table), "`")))
  }
  check_columns(table, where)
  for (name in setdiff(codebook_columns, names(table))) table[[name]] <- ""
  blank <- !nzchar(do.call(paste0, table))
  table$line <- seq_len(nrow(table)) + 1L
  table <- table[!blank, , drop = FALSE]
  for (language in languages) {
    others <- table[[languages[1L]]]
    table[[language]] <- ifelse(nzchar(table[[language]]), table[[language]], others)
  }
  roles <- lapply(strsplit(tolower(visible(table$role)), "[ ,;+]+"), function(x) x[nzchar(x)])
  said <- lapply(c(title = "title", note = "note"), function(role) {
    row <- which(vapply(roles, function(x) role %in% x, NA))
    if (length(row) > 1L) abort("study", where, ", line ", table$line[row[2L]], ": the study has a ", role, " already")
    if (length(row) > 0L) unlist(table[row[1L], languages, drop = FALSE])
  })
  of_study <- vapply(roles, function(x) any(c("title", "note") %in% x), NA)
  c(said, list(languages = languages), codebook_variables(table[!of_study, ], roles[!of_study], languages, where))
}

# All texts of the table, trimmed; names of columns in small letters.
codebook_table <- function(codebook) {
  if (is.character(codebook)) codebook <- read_csv_frame(codebook, na = character())
  if (!is.data.frame(codebook)) abort("argument", "`codebook` must be the path of a CSV file or a data frame")
  table <- lapply(codebook, function(x) {
    text <- if (is.numeric(x)) ifelse(is.na(x), NA, number_labels(x)) else as.character(x)
    text[is.na(text)] <- ""
    one_line(as_utf8(text))
  })
  names(table) <- sub("^code[[:blank:]]+", "code ", trimws(names(codebook)), ignore.case = TRUE)
  plain <- !startsWith(names(table), "code ")
  names(table)[plain] <- tolower(visible(names(table)[plain]))
  filled <- vapply(table, function(x) any(nzchar(x)), NA)
  list_frame(table[filled | names(table) %in% codebook_columns | grepl("^[a-z]{2}$", names(table))])
}

# A column that is not read would be a codebook that says something else than its maker thinks.
check_columns <- function(table, where) {
  twice <- names(table)[duplicated(names(table))]
  if (length(twice) > 0L) abort("study", where, " has two columns `", twice[1L], "`")
  unknown <- grep("^([a-z]{2}|remark|code .+)$", setdiff(names(table), codebook_columns), value = TRUE, invert = TRUE)
  if (length(unknown) == 0L) return(invisible())
  abort("study", where, " has a column `", unknown[1L], "`, which is not a known one",
        hint = paste0("A codebook has the columns ", paste0("`", codebook_columns, "`", collapse = ", "),
                      ", `code ROUND`, one for each language, of two letters, and `remark`, for what you like"))
}

# Without blanks around it and breaks of lines in it, as spreadsheets have them.
one_line <- function(text) trimws(gsub("[[:blank:]]*[\r\n]+[[:blank:]]*", " ", text))

# The rows of variables and those of their levels. A blank variable is that of the row above.
codebook_variables <- function(table, roles, languages, where) {
  if (nrow(table) == 0L || !nzchar(table$variable[1L])) {
    abort("study", where, " must start with a row that has the name of a variable")
  }
  filled <- which(nzchar(table$variable))
  table$variable <- table$variable[filled[findInterval(seq_len(nrow(table)), filled)]]
  codes <- c(code = "code", grep("^code ", names(table), value = TRUE))
  has_code <- rowSums(as.matrix(table[codes]) != "") > 0L
  head <- !duplicated(table$variable) | (lengths(roles) > 0L & !has_code)
  if (anyDuplicated(table$variable[head])) {
    again <- which(head)[duplicated(table$variable[head])][1L]
    abort("study", where, ", line ", table$line[again], ": ", table$variable[again], " has a row of its own already",
          hint = "A variable has one row with its role and question, and under it a row per level, without a role")
  }
  check_heads(table, roles, head, codes, where)
  check_words(roles[head], study_roles, "role", table[head, ], where)
  meanings <- lapply(strsplit(tolower(visible(table$meaning)), "[ ,;+]+"), function(x) x[nzchar(x)])
  check_words(meanings, level_meanings, "meaning", table, where)
  names <- table$variable[head]
  below <- split(which(!head), factor(table$variable[!head], names))
  levels <- lapply(below, function(rows) {
    codebook_levels(table[rows, ], meanings[rows], codes, languages, where)
  })
  names(levels) <- names
  variables <- structure(roles[head], names = names)
  questions <- as.matrix(table[head, languages, drop = FALSE])
  dimnames(questions) <- list(names, languages)
  questions[questions == ""] <- rep(names, length(languages))[questions == ""]
  check_roles(variables, where)
  ignored <- vapply(variables, function(x) "ignore" %in% x, NA)
  check_ignored(variables, ignored, levels, where)
  check_batteries(variables, levels, where)
  list(roles = variables[!ignored], questions = questions[!ignored, , drop = FALSE], levels = levels[!ignored],
       ignored = names[ignored], rounds = sub("^code ", "", codes[-1L]))
}

# A variable's own row says what it is for, the rows under it its levels: what stands in the wrong one would be lost.
check_heads <- function(table, roles, head, codes, where) {
  for (column in c(codes, "meaning", "external", "source")) {
    wrong <- which(head & nzchar(table[[column]]))
    if (length(wrong) == 0L) next
    abort("study", where, ", line ", table$line[wrong[1L]], ": `", column, "` is \"", table[[column]][wrong[1L]],
          "\" on the row of the variable ", table$variable[wrong[1L]], ", and would be lost",
          hint = "A variable's first row has its role and question; each level has a row of its own under it, with its code")
  }
  wrong <- which(!head & lengths(roles) > 0L)
  if (length(wrong) > 0L) {
    abort("study", where, ", line ", table$line[wrong[1L]], ": the role \"", table$role[wrong[1L]],
          "\" is on the row of a level of ", table$variable[wrong[1L]],
          hint = "A role stands on the first row of its variable only")
  }
}

check_words <- function(words, known, what, table, where) {
  for (i in seq_along(words)) {
    unknown <- setdiff(words[[i]], known)
    if (length(unknown) > 0L) {
      abort("study", where, ", line ", table$line[i], ": \"", unknown[1L], "\" is not a ", what, "; known are ",
            paste(known, collapse = ", "))
    }
  }
}

check_roles <- function(roles, where) {
  for (role in c("id", "weight", "stratum", "cluster", "round", "area", "organisation")) {
    having <- names(roles)[vapply(roles, function(x) role %in% x, NA)]
    if (length(having) > 1L) abort("study", where, ": ", having[1L], " and ", having[2L], " both have the role ", role)
  }
  blank <- names(roles)[vapply(roles, function(x) "blank" %in% x && !"multiple" %in% x, NA)]
  if (length(blank) > 0L) {
    abort("study", where, ": ", blank[1L], " has the word blank in its role, but not multiple, which it goes with")
  }
  asked <- vapply(roles, function(x) any(c("outcome", "question", "multiple") %in% x), NA)
  if (!any(asked)) {
    abort("study", where, " has no variable with the role outcome, question or multiple",
          hint = "The report is about these: give the questions that were asked the role outcome")
  }
}

# What is ignored has no other role, and is no item of a question.
check_ignored <- function(roles, ignored, levels, where) {
  both <- names(roles)[ignored & lengths(roles) > 1L]
  if (length(both) > 0L) {
    abort("study", where, ": ", both[1L], " has the role ignore and another", hint = "Take one of them away")
  }
  for (name in names(roles)[vapply(roles, function(x) "multiple" %in% x, NA)]) {
    item <- intersect(names(roles)[ignored], item_columns(levels[[name]]))
    if (length(item) > 0L) {
      abort("study", where, ": ", item[1L], " has the role ignore, but is an answer of ", name,
            hint = "Leave out the row of one of them")
    }
  }
}

# The items of a battery are questions of the codebook, with the same levels.
check_batteries <- function(roles, levels, where) {
  taken <- character()
  for (name in names(roles)[vapply(roles, function(x) "battery" %in% x, NA)]) {
    refuse <- function(..., hint) abort("study", where, ": ", ..., hint = hint)
    how <- "Under the row with the role battery, each row has the name of a question as its code, and its text"
    items <- item_columns(levels[[name]])
    if (length(roles[[name]]) > 1L) refuse(name, " has the role battery and another", hint = how)
    if (length(items) < 2L) refuse("the battery ", name, " has fewer than two items", hint = how)
    asked <- vapply(items, function(item) any(c("outcome", "question") %in% roles[[item]]), NA)
    if (!all(asked)) {
      refuse(items[!asked][1L], ", an item of the battery ", name, ", is not a question", hint = paste0(
        "Give it a row of its own with the role question, or outcome, and under it its levels"))
    }
    twice <- c(items[duplicated(items)], intersect(items, taken))
    if (length(twice) > 0L) refuse(twice[1L], " is an item of a battery twice", hint = "Leave out one of the rows")
    for (item in items) {
      if (NROW(levels[[item]]$texts) > 0L && identical(scale_of(levels[[item]]), scale_of(levels[[items[1L]]]))) next
      refuse(item, ", an item of the battery ", name, ", has ",
             if (NROW(levels[[item]]$texts) == 0L) "no levels" else paste("other levels than", items[1L]),
             hint = "A battery has one scale: give its items the same levels and meanings, in the same order")
    }
    taken <- c(taken, items)
  }
}

# What people could answer, and what that means.
scale_of <- function(levels) {
  texts <- kept_texts(levels)
  list(unname(texts), dim(texts), unname(kept_meanings(levels)))
}

# The levels of one variable: meaning (a list), texts per language, codes (levels x rounds; the first column, "", is for
# all), external (proportions), source.
codebook_levels <- function(rows, meanings, codes, languages, where) {
  texts <- as.matrix(rows[languages])
  code <- as.matrix(rows[codes])
  colnames(code) <- c("", sub("^code ", "", codes[-1L]))
  own <- rowSums(code != "") > 0L
  texts[texts == ""] <- apply(code, 1L, function(x) c(x[nzchar(x)], "")[1L])[row(texts)[texts == ""]]
  code[!own, 1L] <- texts[!own, 1L]
  kept <- !vapply(meanings, function(x) "missing" %in% x, NA)
  for (language in languages) {
    twice <- which(kept)[duplicated(texts[kept, language])]
    if (length(twice) > 0L) {
      abort("study", where, ", line ", rows$line[twice[1L]], ": two levels of ", rows$variable[1L], " are called \"",
            texts[twice[1L], language], "\" in column `", language, "`", hint = "Give each a name of its own")
    }
  }
  levels <- list(meanings = meanings, texts = texts, codes = code, source = rows$source, missing = !kept)
  check_levels(levels, rows, where)
  external <- sub(",", ".", sub("%", "", rows$external, fixed = TRUE), fixed = TRUE)
  figure <- suppressWarnings(as.double(external)) / 100
  wrong <- which(nzchar(external) & (is.na(figure) | figure < 0 | figure > 1))
  if (length(wrong) > 0L) {
    abort("study", where, ", line ", rows$line[wrong[1L]], ": `external` must be a percentage, not \"",
          rows$external[wrong[1L]], "\"")
  }
  c(levels, list(external = figure))
}

# Levels that could not be told apart in the data, and meanings that would not count.
check_levels <- function(levels, rows, where) {
  refuse <- function(at, ..., hint = NULL) {
    if (length(at) > 0L) abort("study", where, ", line ", rows$line[at[1L]], ": ", ..., hint = hint)
  }
  refuse(which(!nzchar(levels$texts[, 1L])), "a level of ", rows$variable[1L], " has neither code nor text")
  for (round in colnames(levels$codes)) {
    codes <- codes_in(levels, round)
    twice <- which(!is.na(codes) & duplicated(codes))
    refuse(twice, "two levels of ", rows$variable[1L], " have the code \"", codes[twice[1L]], "\"",
           if (nzchar(round)) paste0(" in round ", round), hint = "An answer with that code could be either: give each its own")
  }
  refuse(which(vapply(levels$meanings, function(x) sum(need_meanings %in% x) > 1L, NA)),
         "a level has only one of the meanings ", paste(need_meanings, collapse = ", "))
  pair <- which(vapply(levels$meanings, function(x) "compare" %in% x, NA))
  if (length(pair) != 2L) {
    refuse(pair, "compare stands on two levels of a variable, but ", rows$variable[1L], " has it on ", length(pair))
  }
}

# Names of the variables that have a role.
with_role <- function(x, role) {
  roles <- if (inherits(x, "weeg_study")) x$codebook$roles else x$roles
  names(roles)[vapply(roles, function(r) any(role %in% r), NA)]
}

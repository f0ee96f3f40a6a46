# An attacker who reads the national report and all municipal reports of one study of few towns, which are the sampling units: he
# knows how many respondents each town has, which counts are shown, how figures are rounded, and every formula. See
# helper-precision.R.

# A study of a random survey of towns; the first answer is the focus.
towns_study <- function(seed, weighted = FALSE) {
  release <- random_towns(seed, weighted)
  answers <- levels(release$rows$q)
  book <- data.frame(variable = c("q", rep("", length(answers)), "town", if (weighted) "w"),
                     role = c("outcome", rep("", length(answers)), "area cluster", if (weighted) "weight"),
                     code = c("", answers, "", if (weighted) ""),
                     meaning = c("", "focus", rep("", length(answers) + weighted)),
                     en = c("Is it good?", answers, "Town", if (weighted) "Weight"))
  rows <- release$rows
  rows$q <- as.character(rows$q)
  list(study = weeg_study(rows, book), rows = release$rows, threshold = release$threshold)
}

# What he finds of the counts of the focus that municipal reports hide: c(hidden, exact, narrowed); see attack_release_of().
# national: of which national report, made of the study with the threshold.
attack_reports <- function(seed, weighted = FALSE) {
  made <- towns_study(seed, weighted)
  told <- c(hidden = 0, exact = 0, narrowed = 0)
  nation <- national_base(made$study, "en", threshold = made$threshold)
  areas <- municipal_base(made$study, "en", Sys.Date(), made$threshold)
  names <- sort(unique(made$rows$town))
  y <- areas$shares$n[match(names, share_areas(areas))]
  if (!anyNA(y)) return(told)
  counts <- tapply(made$rows$q == levels(made$rows$q)[1L], factor(made$rows$town, names), sum)
  n <- as.vector(table(factor(made$rows$town, names)))
  w <- made$rows$w[match(names, made$rows$town)]
  of_nation <- function(x) identical(attr(x, "info")$outcomes, "q..focus") && length(attr(x, "info")$groups) == 0L
  x <- Filter(function(x) inherits(x, "weeg_proportion") && of_nation(x), as.list(nation$release))[[1L]]
  shown <- as.data.frame(x)
  seen <- figure_teller(x, weighted)(shown[shown$level == "TRUE", ])
  if (is.na(seen$total)) return(told)
  found <- possible_counts(y, n, w, seen$total, seen$share, seen$error)
  told_of_counts(which(is.na(y)), counts, found, made$threshold)
}

# Which hidden counts have one value, and which are narrowed.
told_of_counts <- function(hidden, counts, found, threshold) {
  told <- c(hidden = 0, exact = 0, narrowed = 0)
  for (i in hidden) {
    stopifnot(counts[[i]] %in% found[[i]])
    ends <- range(found[[i]])
    narrow <- if (counts[[i]] < threshold) ends[1L] > 0 || ends[2L] < threshold - 1 else diff(ends) < threshold - 1
    told <- told + c(1, length(found[[i]]) == 1L, narrow)
  }
  told
}

# A study of towns that lie in two provinces, by which the national report has tables. list(study, rows, threshold).
nested_study <- function(release) {
  rows <- release$rows
  rows$province <- ifelse(as.integer(factor(rows$town)) %% 2 == 0, "north", "south")
  answers <- levels(rows$q)
  none <- rep("", length(answers))
  book <- data.frame(variable = c("q", none, "town", "province"), role = c("outcome", none, "area", "group"),
                     code = c("", answers, "", ""), meaning = c("", "focus", none, ""),
                     en = c("Is it good?", answers, "Town", "Province"))
  asked <- rows
  asked$q <- as.character(asked$q)
  list(study = weeg_study(asked, book), rows = rows, threshold = release$threshold)
}

# What follows from a province's count of the focus less those of its towns that are shown: c(hidden, shown, narrowed) towns.
attack_provinces <- function(made) {
  nation <- national_base(made$study, "en", threshold = made$threshold)
  areas <- municipal_base(made$study, "en", Sys.Date(), made$threshold)
  towns <- sort(unique(made$rows$town))
  y <- areas$shares$n[match(towns, share_areas(areas))]
  first <- levels(made$rows$q)[1L]
  true <- tapply(made$rows$q == first, factor(made$rows$town, towns), sum)
  n <- as.vector(table(factor(made$rows$town, towns)))
  province <- made$rows$province[match(towns, made$rows$town)]
  tables <- lapply(Filter(function(x) inherits(x, "weeg_proportion"), as.list(nation$release)), as.data.frame)
  told <- c(hidden = sum(is.na(y)), shown = sum(!is.na(y)), narrowed = 0)
  for (one in unique(province)) {
    of <- unlist(lapply(tables, function(x) x$n[x$province %in% one & x$level %in% c("TRUE", first)]))
    of <- unique(of[!is.na(of)])
    hidden <- which(province == one & is.na(y))
    if (length(of) != 1L) next
    left <- of - sum(y[province == one], na.rm = TRUE)
    for (i in hidden) {
      low <- max(0, left - sum(n[setdiff(hidden, i)]))
      high <- min(n[i], left)
      narrow <- if (true[[i]] < made$threshold) low > 0 || high < made$threshold - 1 else high - low < made$threshold - 1
      told["narrowed"] <- told[["narrowed"]] + narrow
    }
  }
  told
}

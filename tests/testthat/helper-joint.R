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

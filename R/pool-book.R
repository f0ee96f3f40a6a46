# A book of several completed data sets: its cells, tests and comparisons are pooled as those of the functions for one table are,
# and letters and adjusted p-values follow from what is pooled.

# parts: what book_tables() made of each data set.
pool_book <- function(parts, data, settings) {
  check_books_alike(parts)
  of <- function(what) lapply(parts, `[[`, what)
  book <- parts[[1L]]
  effective <- is_effective(data$designs[[1L]])
  book$n <- Reduce(`+`, of("n")) / length(parts)
  book$comparisons <- pool_book_comparisons(of("comparisons"), settings, effective)
  book$tests <- pool_book_tests(of("tests"), of("pieces"), book$comparisons)
  cells <- pool_cells(of("cells"), settings, effective)
  found <- book_differences(cells, book$comparisons, book$columns, settings)
  cells$higher <- found$higher
  book$cells <- cells
  book$comparisons$p.adjusted <- found$p.adjusted
  book$pieces <- NULL
  book$pooled <- list(sets = length(parts), drawn = data$drawn, fmi = max(cells$fmi, -Inf, na.rm = TRUE))
  book
}

check_books_alike <- function(parts) {
  banners <- unique(parts[[1L]]$columns$banner)
  for (banner in banners) {
    check_alike(lapply(parts, function(part) {
      list(outcome = banner, level = part$columns$column[part$columns$banner == banner])
    }))
  }
  for (outcome in unique(parts[[1L]]$tables$outcome)) {
    check_alike(lapply(parts, function(part) {
      cells <- part$cells[part$cells$outcome == outcome, c("outcome", "level", "banner", "column")]
      list(outcome = outcome, level = do.call(paste, c(unname(as.list(cells)), sep = "\r")))
    }))
  }
}

# Shares, items and nets as proportions, and means.
pool_cells <- function(cells, settings, effective) {
  mean <- cells[[1L]]$statistic == "mean"
  of <- function(which) lapply(cells, function(x) x[which, , drop = FALSE])
  pooled <- list(
    if (!all(mean)) pool_shares(of(!mean), settings, effective),
    if (any(mean)) {
      own <- pool_values(of(mean), settings)
      own$n.base <- own$n
      own[c("reliability", "reliability.reason")] <- NA_character_ # of shares alone
      own
    }
  )
  made <- bind_frames(Filter(Negate(is.null), pooled))[order(c(which(!mean), which(mean))), , drop = FALSE]
  rownames(made) <- NULL
  bases <- mean_columns(cells, c("base.weighted", "base.effective"))
  made[names(bases)] <- bases
  made$cv <- cell_cv(made)
  made$groups <- NULL
  made
}

comparison_key <- function(rows) {
  do.call(paste, c(unname(as.list(rows[c("banner", "outcome", "level", "group1", "group2")])), sep = "\r"))
}

# Those that every data set has: a column without rows in one of them is not compared.
pool_book_comparisons <- function(rows, settings, effective) {
  keys <- lapply(rows, comparison_key)
  all <- Reduce(intersect, keys)
  rows <- Map(function(x, key) x[match(all, key), , drop = FALSE], rows, keys)
  first <- rows[[1L]]
  if (nrow(first) == 0L) return(cbind(first, fmi = numeric()))
  mean <- first$measure == "mean-difference"
  pool <- function(which, bounded) {
    some <- lapply(rows, function(x) x[which, , drop = FALSE])
    columns <- pool_contrasts(some, settings$level, bounded = bounded)
    with_pooled(some, c(columns, mean_columns(some, c("estimate1", "estimate2", "n1", "n2"))))
  }
  parts <- list(if (!all(mean)) pool(!mean, effective), if (any(mean)) pool(mean, FALSE))
  made <- do.call(rbind, Filter(Negate(is.null), parts))[order(c(which(!mean), which(mean))), , drop = FALSE]
  rownames(made) <- NULL
  made
}

pool_book_tests <- function(tests, pieces, comparisons) {
  first <- tests[[1L]]
  rows <- lapply(seq_len(nrow(first)), function(k) {
    each <- lapply(pieces, `[[`, k)
    row <- first[k, ]
    banner <- row$banner
    row$banner <- NULL
    pooled <- if (is.null(each[[1L]])) {
      list_frame(c(as.list(row)[names(row) != "reason"], list(fmi = NA_real_), row["reason"])) # there is no test
    } else if (is.null(each[[1L]]$means)) {
      found <- pooled_wald_row(each, row$outcome, row$group)
      if (is.na(row$chisq)) found[c("chisq", "cramers.v")] <- NA_real_ # of items
      found
    } else {
      pooled_mean_row(lapply(each, `[[`, "means"), lapply(each, `[[`, "test"), function() {
        comparisons[comparisons$outcome == row$outcome & comparisons$banner == banner, ]
      })
    }
    list_frame(c(list(banner = banner), as.list(pooled)))
  })
  if (length(rows) > 0L) do.call(rbind, rows) else first
}

# list(p.adjusted, higher): within a question and a variable of the banner.
book_differences <- function(cells, rows, columns, settings) {
  key <- paste(cells$outcome, cells$banner, sep = "\r")
  tables <- unique(key)
  compared <- as.list(rows)
  compared$table <- match(paste(rows$outcome, rows$banner, sep = "\r"), tables)
  shown <- lapply(split(cells$level, factor(key, tables)), unique)
  compared$answer <- unlist(Map(match, rows$level, shown[compared$table]), use.names = FALSE)
  if (is.null(compared$answer)) compared$answer <- integer()
  number <- stats::ave(seq_len(nrow(columns)), columns$banner, FUN = seq_along)
  at <- column_key(columns)
  group <- function(column) number[match(column_key(list(banner = rows$banner, column = column)), at)]
  compared$group1 <- group(rows$group1)
  compared$group2 <- group(rows$group2)
  compared$p.adjusted <- adjust_book(compared, unname(shown), settings)
  place <- paste(cells$outcome, cells$level, column_key(cells), sep = "\r")
  cell <- function(column) {
    match(paste(rows$outcome, rows$level, column_key(list(banner = rows$banner, column = column)), sep = "\r"), place)
  }
  list(p.adjusted = compared$p.adjusted,
       higher = place_letters(nrow(cells), cell(rows$group1), cell(rows$group2), compared$group1, compared$group2, compared,
                              1 - settings$level))
}

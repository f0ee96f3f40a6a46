# Keeping account of comparisons: what was compared, how far apart, and which exceptions were made and why.

# same() records the relative error |got - want| / max(|want|, floor). `condition` is the factor by which the quantity is
# known to magnify rounding errors (2.2e-16); where that alone can pass the tolerance, the comparison is an exception
# ("rounding") that must stay below what that factor explains. except() records an exception and whether what is
# documented for it holds.
new_account <- function(seed, limit = tolerance) {
  entries <- list()
  record <- function(statistic, error, reason, holds) {
    entries[[length(entries) + 1L]] <<- list(
      statistic = rep_len(statistic, length(error)), error = error, reason = rep_len(reason, length(error)),
      holds = rep_len(holds, length(error))
    )
  }
  same <- function(statistic, got, want, floor = 0, condition = 1, reason = "") {
    stopifnot(length(got) == length(want))
    if (length(got) == 0L) return(invisible())
    error <- relative_error(got, want, floor)
    magnified <- 64 * .Machine$double.eps * rep_len(condition, length(error))
    magnified[is.na(magnified)] <- 0
    rounding <- magnified > limit & error >= limit
    record(statistic, error, ifelse(rounding, "rounding", reason), ifelse(rounding, error <= magnified, error < limit))
  }
  except <- function(statistic, reason, holds) {
    if (length(holds) > 0L) record(statistic, rep_len(0, length(holds)), reason, holds %in% TRUE)
  }
  result <- function() {
    columns <- c("statistic", "error", "reason", "holds")
    table <- lapply(columns, function(name) unlist(lapply(entries, `[[`, name)))
    names(table) <- columns
    data.frame(table, seed = rep(seed, length(table$error)))
  }
  list(same = same, except = except, result = result)
}

tolerance <- 1e-9

relative_error <- function(got, want, floor = 0) {
  got <- as.double(got)
  want <- as.double(want)
  error <- abs(got - want) / pmax(abs(want), floor)
  error[got == want] <- 0
  error[is.na(error)] <- Inf # a value on one side only
  error[is.na(got) & is.na(want)] <- 0
  error
}

# The largest relative error per statistic, and the number of exceptions per reason.
error_table <- function(account) {
  plain <- account[account$reason == "", ]
  statistics <- unique(account$statistic)
  rows <- lapply(statistics, function(s) {
    mine <- plain[plain$statistic == s, ]
    worst <- if (nrow(mine) > 0L) which.max(mine$error)
    data.frame(
      statistic = s, designs = length(unique(mine$seed)), comparisons = nrow(mine),
      largest = c(mine$error[worst], NA)[1L],
      seed = c(mine$seed[worst], NA)[1L],
      exceptions = sum(account$statistic == s & account$reason != "")
    )
  })
  do.call(rbind, rows)
}

exception_table <- function(account) {
  made <- account[account$reason != "", ]
  if (nrow(made) == 0L) return(data.frame(reason = character(), count = integer(), share = numeric(), designs = integer(),
                                          broken = integer(), seed = integer()))
  rows <- lapply(sort(unique(made$reason)), function(r) {
    mine <- made[made$reason == r, ]
    data.frame(reason = r, count = nrow(mine), share = nrow(mine) / nrow(account), designs = length(unique(mine$seed)),
               broken = sum(!mine$holds), seed = c(mine$seed[!mine$holds], NA)[1L])
  })
  do.call(rbind, rows)
}

# ---- many designs ------------------------------------------------------------------------------------------------------

# An error in one design is a failure that names it. The peers' warnings are about designs that were made to be awkward.
try_design <- function(seed, compare) {
  tryCatch(suppressWarnings(compare(seed)), error = function(e) {
    data.frame(statistic = "error", error = Inf, reason = conditionMessage(e), holds = FALSE, seed = seed)
  })
}

# The accounts of compare(seed) for `count` seeds from `first` on, on two cores unless option
# mc.cores says otherwise.
run_designs <- function(first, count, compare) {
  seeds <- first + seq_len(count) - 1L
  cores <- if (.Platform$OS.type == "windows") 1L else min(getOption("mc.cores", 2L), parallel::detectCores(), na.rm = TRUE)
  results <- parallel::mclapply(seeds, try_design, compare = compare, mc.cores = cores)
  whole <- vapply(results, is.data.frame, NA)
  list(account = do.call(rbind, results[whole]), lost = seeds[!whole])
}

number_from <- function(name, default) {
  value <- suppressWarnings(as.integer(Sys.getenv(name)))
  if (is.na(value)) default else value
}

show_tables <- function(errors, exceptions, count, limit) {
  errors$largest <- formatC(errors$largest, digits = 1L, format = "e")
  exceptions$share <- paste0(formatC(100 * exceptions$share, digits = 2L, format = "f"), " %", recycle0 = TRUE)
  before <- options(width = 120L)
  on.exit(options(before))
  cat("\n", count, " random designs: largest relative error per statistic (tolerance ", limit, ")\n", sep = "")
  print(errors, row.names = FALSE, right = FALSE)
  cat("\nExceptions, in", sum(errors$comparisons) + sum(errors$exceptions), "comparisons\n")
  print(exceptions[c("reason", "count", "share", "designs", "broken")], row.names = FALSE, right = FALSE)
}

# compare(seed) for `count` random designs: no design lost, every error below the limit, every exception as documented for it.
# Shows the tables, and returns them with the account.
expect_same_accounts <- function(compare, count, first = number_from("WEEG_SEED", 1L), limit = tolerance) {
  run <- run_designs(first, count, compare)
  testthat::expect_identical(run$lost, integer())
  broke <- run$account[run$account$statistic == "error", ]
  testthat::expect_identical(paste("seed", broke$seed, broke$reason)[nzchar(broke$reason)], character())
  account <- run$account[run$account$statistic != "error", ]
  errors <- error_table(account)
  exceptions <- exception_table(account)
  show_tables(errors, exceptions, count, limit)
  for (i in which(errors$comparisons > 0L)) {
    testthat::expect_lt(errors$largest[i], limit, label = paste0(errors$statistic[i], ", seed ", errors$seed[i]))
  }
  for (i in seq_len(nrow(exceptions))) {
    label <- paste0("\"", exceptions$reason[i], "\", seed ", exceptions$seed[i])
    testthat::expect_identical(exceptions$broken[i], 0L, label = label)
  }
  invisible(list(account = account, errors = errors, exceptions = exceptions))
}

# No reasons but those of `most`, each for less than that share of the comparisons; shares need `enough` designs.
expect_few_exceptions <- function(exceptions, most, count, enough) {
  testthat::expect_identical(setdiff(exceptions$reason, names(most)), character())
  for (i in seq_len(nrow(exceptions) * (count >= enough))) {
    testthat::expect_lt(exceptions$share[i], most[[exceptions$reason[i]]], label = exceptions$reason[i])
  }
}

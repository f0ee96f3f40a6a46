# Rows in memory and in SQLite, and the designs that tests make of both.

interviews <- function(rows = 400L, seed = 1L) {
  set.seed(seed)
  pick <- function(x, p = NULL) sample(x, rows, TRUE, p)
  psu <- pick(30L)
  data.frame(
    stratum = paste("s", (psu - 1L) %/% 10L), psu = psu, size = 40, w = exp(stats::runif(rows, -7, 7)) * pick(0:1, c(0.02, 0.98)),
    age = pick(c(16:60, NA)), sex = pick(c("m", "f", NA), c(0.5, 0.45, 0.05)), help = pick(c("ja", "Ja", "nee", "soms ", "")),
    score = pick(c(1, 2.5, 4, NA)), id = seq_len(rows)
  )
}

local_table <- function(data, name = "interviews", envir = parent.frame()) {
  con <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
  withr::defer(DBI::dbDisconnect(con), envir)
  DBI::dbWriteTable(con, name, data)
  con
}

bytes <- function(tally) {
  tally$seal <- NULL
  tally$names["data"] <- list(NULL)
  tally
}

designs <- list(
  clusters = list(weights = ~w, strata = ~stratum, cluster = ~psu),
  fpc = list(weights = ~w, strata = ~stratum, cluster = ~psu, fpc = ~size),
  strata = list(weights = ~w, strata = ~stratum), none = list(), weights = list(weights = ~w),
  from_fpc = list(cluster = ~psu, fpc = ~size),
  crossed = list(weights = ~w, cluster = ~ interaction(stratum, psu)), ids = list(weights = ~w, cluster = ~id)
)

# A simulated survey with the published margins of the Open voor Werk study.
# Run from the root of the package: Rscript data-raw/openvoorwerk.R
#
# Answer counts of the published tables come from data-raw/published_tables.csv and are met exactly. Counts that give
# the percentages claimed in the text are written out below. Everything else is invented: who answered what, the
# municipalities' sizes, rounds and effects, the weights, and every variable without a published figure.

RNGkind(kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
set.seed(1582)

n_rows <- 1582L
published <- utils::read.csv(file.path("data-raw", "published_tables.csv"), stringsAsFactors = FALSE)

# ---- tools ----------------------------------------------------------------------------------------------------------

# The published answers to a question: their counts, named by answer, in the printed order.
counts_of <- function(question) {
  rows <- published[startsWith(published$question, question), ]
  stopifnot(nrow(rows) > 0L, length(unique(rows$question)) == 1L)
  stats::setNames(rows$n, rows$answer)
}

# Whole numbers proportional to `share` that add up to `total` (largest remainders).
apportion <- function(share, total) {
  exact <- share / sum(share) * total
  whole <- floor(exact)
  short <- as.integer(round(total - sum(whole)))
  extra <- order(whole - exact)[seq_len(short)]
  whole[extra] <- whole[extra] + 1
  whole
}

# `size` of the rows, drawn without replacement; the higher its `chance`, the likelier a row is drawn, and 0 is never.
draw <- function(rows, size, chance = 0.5) {
  hazard <- -log1p(-pmin(rep_len(chance, length(rows)), 1 - 1e-9))
  key <- -log(stats::runif(length(rows))) / hazard
  stopifnot(size <= sum(hazard > 0))
  rows[order(key)[seq_len(size)]]
}

# Deal the answers to `rows` so that each is given exactly `counts` times; `weight` (rows x answers) steers who gets
# which, and a zero forbids. Answers are dealt in `turn`, the most constrained first. Returns a code for every row.
deal <- function(rows, counts, weight, turn = seq_along(counts)) {
  stopifnot(length(rows) == sum(counts), nrow(weight) == length(rows), ncol(weight) == length(counts))
  code <- rep(NA_integer_, n_rows)
  left <- seq_along(rows)
  for (i in seq_along(turn)) {
    k <- turn[i]
    if (i == length(turn)) {
      chosen <- left
      stopifnot(all(weight[left, k] > 0))
    } else {
      later <- rowSums(weight[left, turn[i:length(turn)], drop = FALSE])
      chosen <- draw(left, counts[k], weight[left, k] / later)
    }
    code[rows[chosen]] <- k
    left <- setdiff(left, chosen)
  }
  code
}

# Probabilities of ordered answers under a proportional-odds model whose answers have `share` where eta is 0;
# a higher eta means higher answers.
ordinal_weight <- function(share, eta) {
  cut <- stats::qlogis(cumsum(share)[-length(share)] / sum(share))
  below <- cbind(0, vapply(cut, function(x) stats::plogis(x - eta), numeric(length(eta))), 1)
  below[, -1] - below[, -ncol(below)]
}

# Probabilities of answers without order: base share times exp(effect), effect being rows x answers.
nominal_weight <- function(share, effect) {
  weight <- exp(effect) * rep(share, each = nrow(effect))
  weight / rowSums(weight)
}

# ---- municipalities -------------------------------------------------------------------------------------------------

# Size classes: 1 small, 2 middling, 3 large, 4 the largest. One row per regional organisation.
regions <- list(
  c(Leeuwarden = 3, Tytsjerksteradiel = 1, Franekeradeel = 1, Smallingerland = 2, Heerenveen = 2),
  c(Groningen = 4, Delfzijl = 1, Stadskanaal = 1, Veendam = 1),
  c(Assen = 2, Emmen = 3, Hoogeveen = 2),
  c(Zwolle = 3, Deventer = 2, Kampen = 2),
  c(Enschede = 3, Hengelo = 2, Almelo = 2, Hardenberg = 2),
  c(Apeldoorn = 3, Doetinchem = 2, Harderwijk = 1, Nunspeet = 1),
  c(Nijmegen = 3, Arnhem = 3, Tiel = 1, Wijchen = 1),
  c(Utrecht = 4, Amersfoort = 3, Nieuwegein = 2, Zeist = 2),
  c(Alkmaar = 2, "Den Helder" = 2, Heerhugowaard = 2, Hoorn = 2),
  c(Leiden = 3, Delft = 3, Dordrecht = 3, Gouda = 2),
  c(Middelburg = 1, Goes = 1, Terneuzen = 2),
  c(Breda = 3, Eindhoven = 4, Helmond = 2, Tilburg = 4),
  c(Maastricht = 3, Heerlen = 2, Roermond = 2, Venlo = 3)
)
towns <- data.frame(
  gemeente = unlist(lapply(regions, names)),
  organisatie = rep(seq_along(regions), lengths(regions)),
  size = unlist(lapply(regions, unname)),
  stringsAsFactors = FALSE
)
stopifnot(nrow(towns) == 50L, !anyDuplicated(towns$gemeente))

second <- draw(seq_len(50L), 20L, ifelse(towns$gemeente == "Doetinchem", 1, 0.4))
towns$ronde <- ifelse(seq_len(50L) %in% second, 2L, 1L)
towns$respondents <- apportion(c(23, 30, 36, 43)[towns$size] * exp(stats::rnorm(50, sd = 0.18)), n_rows)
towns$weight <- c(0.72, 0.92, 1.12, 1.5)[towns$size] * exp(stats::rnorm(50, sd = 0.2))
towns <- towns[order(towns$ronde, towns$gemeente, method = "radix"), ]

town <- rep(seq_len(50L), towns$respondents)
round2 <- towns$ronde[town] == 2L
everyone <- seq_len(n_rows)

# What respondents of one municipality, and of one provider in it, have in common (on the logit scale). Effects have
# mean zero within each round, so that the rounds differ only where a difference is asked for.
within_round <- function(effect) effect - stats::ave(effect, round2)
town_effect <- function(sd) within_round(stats::rnorm(50, sd = sd)[town])
office_effect <- function(sd) {
  offices <- matrix(stats::rnorm(50 * length(providers), sd = sd), 50)
  within_round(ifelse(is.na(provider), 0, offices[cbind(town, provider)]))
}
no_effect <- function(answers) matrix(0, n_rows, answers)

# ---- who they are ---------------------------------------------------------------------------------------------------

age_counts <- counts_of("Leeftijd")
answered <- sort(draw(everyone, sum(age_counts)))
effect <- outer(town_effect(0.25), c(-2, -1, 0, 1, 2, 2) / 2)
age_group <- deal(answered, age_counts, nominal_weight(age_counts, effect[answered, ]))
age_from <- c(16L, 26L, 36L, 46L, 56L, 66L)
age_to <- c(25L, 35L, 45L, 55L, 65L, 78L)
age <- age_from[age_group] + as.integer(floor(stats::runif(n_rows) * (age_to - age_from + 1L)[age_group]))
known_age <- ifelse(is.na(age), 42L, age)

sex <- 1L + (stats::runif(n_rows) < 0.47)
sex[draw(everyone, 9L)] <- NA

work_counts <- counts_of("Arbeidssituatie")
answered <- sort(draw(everyone, sum(work_counts)))
effect <- no_effect(8)
effect[, 1] <- town_effect(0.3)
effect[, 4] <- 0.012 * (known_age - 42) + town_effect(0.4)
effect[, 6] <- -0.015 * (known_age - 42)
weight <- nominal_weight(work_counts, effect)
weight[, 7] <- ifelse(known_age > 65, 0.45, ifelse(known_age > 60, 0.02, 0))
weight[known_age > 65, 4:6] <- 0
work <- deal(answered, work_counts, weight[answered, ], turn = c(7, 4, 5, 6, 1, 2, 3, 8))
works <- work %in% 2:6
other <- work %in% 8L

providers <- c("werkplein", "sociale dienst", "re-integratiebureau", "sociale werkplaats", "dagbestedingscentrum")
provider_counts <- c(332L, 356L, 296L, 281L, 265L)
answered <- sort(draw(everyone, sum(provider_counts), ifelse(work %in% c(1L, 7L), 0.4, 0.7)))
effect <- no_effect(5)
effect[, 1] <- 0.7 * (work %in% c(1L, 6L)) - 0.015 * (known_age - 42) + town_effect(0.3)
effect[, 2] <- 0.6 * (work %in% 1L) + town_effect(0.3)
effect[, 3] <- 0.8 * (work %in% c(5L, 6L)) + town_effect(0.3)
effect[, 4] <- 2.2 * (work %in% 4L) - 0.5 * (work %in% 1L) + town_effect(0.2)
effect[, 5] <- 0.8 * (work %in% c(2L, 3L)) + 0.01 * (known_age - 42) + town_effect(0.3)
weight <- nominal_weight(provider_counts, effect[answered, ])
provider <- deal(answered, provider_counts, weight, turn = c(4, 1, 2, 3, 5))
municipal <- provider %in% 1:2
by_provider <- function(effects) ifelse(is.na(provider), 0, effects[provider])

# ---- what they say about the support --------------------------------------------------------------------------------

# Strong and weak sides seen: "niet" for half of those at the two municipal desks, for far fewer elsewhere, and for
# fewer at the werkplein in the second round.
eta <- by_provider(c(0, 0, -0.05, -0.2, 0.2)) + ifelse(provider %in% 1L, ifelse(round2, 0.3, -0.25), 0) +
  0.006 * (known_age - 42) + town_effect(0.42) + office_effect(0.25)
answered <- sort(draw(which(!is.na(provider)), 1492L, 0.8))
strengths <- rep(NA_integer_, n_rows)
for (desk in c(TRUE, FALSE)) {
  rows <- answered[municipal[answered] == desk]
  share <- if (desk) c(50, 22, 19, 9) else c(17, 21, 36, 26)
  counts <- apportion(share, length(rows))
  strengths[rows] <- deal(rows, counts, ordinal_weight(share, eta[rows]))[rows]
}

# Room to grow: 58 % yes or sometimes, 19 % no but wanted, 23 % no need; least attention at the werkplein.
growth_counts <- c(464L, 387L, 279L, 338L)
effect <- no_effect(4)
effect[, 1] <- by_provider(c(-0.9, -0.3, 0.5, 0.3, 0.2)) + ifelse(provider %in% 1L & round2, 0.3, 0)
effect[, 2] <- by_provider(c(-0.4, -0.1, 0.2, 0.1, 0.1))
effect[, 1:2] <- effect[, 1:2] + town_effect(0.34) + office_effect(0.25)
effect[, 3] <- by_provider(c(0.8, 0.4, -0.3, -0.3, -0.4))
effect[, 4] <- 0.03 * (known_age - 42)
answered <- sort(draw(which(!is.na(provider)), sum(growth_counts), 0.8))
growth <- deal(answered, growth_counts, nominal_weight(growth_counts, effect[answered, ]), turn = c(3, 1, 4, 2))

# Attention for relapse: too little or none mostly at the two municipal desks.
relapse_counts <- c(281L, 362L, 571L, 261L)
eta <- by_provider(c(-0.75, -0.65, 0.4, 0.45, 0.65)) + ifelse(provider %in% 2L & round2, 0.3, 0) +
  town_effect(0.36) + office_effect(0.25)
answered <- sort(draw(which(!is.na(provider)), sum(relapse_counts), 0.8))
relapse <- deal(answered, relapse_counts, ordinal_weight(relapse_counts, eta[answered]))

# Trust in the contact: 73 % yes, 27 % finds that the contact knows too little.
trust_counts <- c(1102L, 408L)
effect <- no_effect(2)
effect[, 1] <- by_provider(c(-0.6, -0.5, 0.4, 0.4, 0.6)) +
  ifelse(is.na(strengths), 0, c(-0.7, -0.2, 0.4, 0.8)[strengths]) + town_effect(0.36)
answered <- sort(draw(which(!is.na(provider)), sum(trust_counts), 0.8))
trust <- deal(answered, trust_counts, nominal_weight(trust_counts, effect[answered, ]), turn = c(2, 1))

# Guidance at work from outside, asked of those with activities: 66 % has it, 11 % wants it.
support_counts <- c(789L, 132L, 275L)
effect <- no_effect(3)
effect[, 1] <- ifelse(work %in% 4:5, 0.9, ifelse(work %in% 6L, -0.9, 0)) + town_effect(0.4)
effect[, 2] <- ifelse(municipal, 0.5, 0)
answered <- sort(draw(which(works | other), sum(support_counts), 0.9))
support <- deal(answered, support_counts, nominal_weight(support_counts, effect[answered, ]), turn = c(2, 3, 1))

# What the support led to: work for 37 %, while 19 % found work by themselves. Never work for those without.
result_counts <- c(553L, 284L, 657L)
effect <- no_effect(3)
effect[, 1] <- by_provider(c(-0.6, -0.5, 0.5, 0.5, 0.1)) + town_effect(0.35)
effect[, 2] <- ifelse(work %in% 6L, 1, 0) - 0.01 * (known_age - 42)
weight <- nominal_weight(c(50, 26, 24), effect)
weight[!(works | other), 1:2] <- 0
weight[other, 1:2] <- weight[other, 1:2] / 3
weight[, 3] <- 1 - weight[, 1] - weight[, 2]
answered <- sort(draw(everyone, sum(result_counts), 0.8))
result <- deal(answered, result_counts, weight[answered, ])

# ---- activities and peer experts ------------------------------------------------------------------------------------

fit_counts <- counts_of("Vindt u dat")
eta <- ifelse(work %in% 6L, 0.5, 0) + 0.01 * (known_age - 42) + town_effect(0.33)
answered <- sort(c(draw(which(works), 928L), draw(which(other), sum(fit_counts) - 928L)))
fit <- deal(answered, fit_counts, ordinal_weight(fit_counts, eta[answered]))

# Why not, for those whose activities do not fit entirely (fit 1 to 3).
why_counts <- counts_of("Waarom passen")
answered <- sort(draw(which(fit %in% 1:3), sum(why_counts), c(0.97, 0.93, 0.8)[fit[which(fit %in% 1:3)]]))
effect <- no_effect(5)
effect[, 1] <- -0.02 * (known_age - 42)
effect[, 3] <- ifelse(fit %in% 1L, 0.5, 0)
why <- deal(answered, why_counts, nominal_weight(why_counts, effect[answered, ]), turn = c(2, 4, 1, 3, 5))

peer_counts <- counts_of("Heeft u ondersteuning")
effect <- no_effect(4)
effect[, 1:2] <- town_effect(0.4)
effect[, 1] <- effect[, 1] + by_provider(c(-0.3, -0.2, 0.1, 0, 0.4)) + ifelse(round2, 0.15, 0)
effect[, 3] <- 0.012 * (known_age - 42)
answered <- sort(draw(everyone, sum(peer_counts), 0.8))
peer <- deal(answered, peer_counts, nominal_weight(peer_counts, effect[answered, ]))

# ---- bottlenecks (several may be named; no published figures) -------------------------------------------------------

burden <- stats::rnorm(n_rows, sd = 0.5)
skipped <- draw(everyone, 47L)
bottleneck <- function(share, effect = 0) {
  named <- stats::runif(n_rows) < stats::plogis(stats::qlogis(share) + effect + burden + town_effect(0.3))
  named[skipped] <- NA
  named
}
bottlenecks <- list(
  knelpunt_banen = bottleneck(0.46),
  knelpunt_ervaring = bottleneck(0.34, ifelse(work %in% 1L, 0.4, 0)),
  knelpunt_leeftijd = bottleneck(0.17, 0.08 * (known_age - 42)),
  knelpunt_schaamte = bottleneck(0.27),
  knelpunt_werkdruk = bottleneck(0.41),
  knelpunt_schulden = bottleneck(0.15, ifelse(work %in% 1L, 0.3, 0)),
  knelpunt_begeleiding = bottleneck(0.36, ifelse(municipal, 0.5, -0.2)),
  knelpunt_werkplekken = bottleneck(0.31)
)

# ---- weights: municipality, age and a little noise, in thousandths with mean 1 --------------------------------------

raw <- towns$weight[town] * ifelse(is.na(age_group), 1, c(1.35, 1.2, 1, 0.85, 0.9, 1.1)[age_group]) *
  exp(stats::rnorm(n_rows, sd = 0.12))
for (pass in 1:20) raw <- pmin(pmax(raw / mean(raw), 0.41), 2.95)
gewicht <- apportion(raw, 1000 * n_rows) / 1000

# ---- the data frame -------------------------------------------------------------------------------------------------

coded <- function(code, levels, ordered = FALSE) factor(levels[code], levels = levels, ordered = ordered)

openvoorwerk <- data.frame(
  id = everyone,
  gemeente = factor(towns$gemeente[town], levels = sort(towns$gemeente, method = "radix")),
  organisatie = coded(towns$organisatie[town], paste("Organisatie", seq_along(regions))),
  ronde = coded(towns$ronde[town], c("ronde 1", "ronde 2")),
  gewicht = gewicht,
  geslacht = coded(sex, c("man", "vrouw")),
  leeftijd = age,
  leeftijdsgroep = coded(age_group, names(age_counts), ordered = TRUE),
  arbeidssituatie = coded(work, names(work_counts)),
  provider = coded(provider, providers),
  strengths = coded(strengths, c("niet", "een beetje", "grotendeels", "helemaal"), ordered = TRUE),
  growth = coded(growth, c("ja", "soms", "nee, wel gewenst", "geen behoefte")),
  relapse = coded(relapse, c("niet", "te weinig", "voldoende", "ruim voldoende"), ordered = TRUE),
  relapse_important = coded(rep(1L, n_rows), c("ja", "nee")),
  vertrouwen = coded(trust, c("ja", "nee, te weinig kennis")),
  external_support = coded(support, c("ontvangt", "wil graag", "geen behoefte")),
  resultaat = coded(result, c("werk door ondersteuning", "werk op eigen kracht", "geen werk")),
  passend = coded(fit, names(fit_counts), ordered = TRUE),
  waarom_niet = coded(why, names(why_counts)),
  ervaringsdeskundige = coded(peer, names(peer_counts)),
  bottlenecks
)

labels <- c(
  id = "Volgnummer van de respondent",
  gemeente = "Gemeente",
  organisatie = "Regionale organisatie die de gemeente toetste",
  ronde = "Ronde van het onderzoek",
  gewicht = "Weegfactor (gemiddelde 1)",
  geslacht = "Geslacht",
  leeftijd = "Leeftijd in jaren",
  leeftijdsgroep = "Leeftijd in groepen",
  arbeidssituatie = "Arbeidssituatie",
  provider = "Organisatie die de respondent begeleidt",
  strengths = "Contactpersoon ziet sterke en minder sterke kanten",
  growth = "Aandacht voor doorgroeimogelijkheden",
  relapse = "Aandacht voor terugvalmogelijkheden",
  relapse_important = "Aandacht voor terugval is belangrijk",
  vertrouwen = "Vertrouwen in de begeleider",
  external_support = "Externe begeleiding op het werk",
  resultaat = "Resultaat van de ondersteuning",
  passend = "Passen de huidige werkzaamheden?",
  waarom_niet = "Waarom de werkzaamheden niet helemaal passen",
  ervaringsdeskundige = "Ondersteuning van een ervaringsdeskundige",
  knelpunt_banen = "Knelpunt: te weinig reguliere banen",
  knelpunt_ervaring = "Knelpunt: geen opleiding of recente werkervaring",
  knelpunt_leeftijd = "Knelpunt: hoge leeftijd",
  knelpunt_schaamte = "Knelpunt: schaamte over de ggz-achtergrond",
  knelpunt_werkdruk = "Knelpunt: omgaan met werkdruk",
  knelpunt_schulden = "Knelpunt: schulden of te weinig geld",
  knelpunt_begeleiding = "Knelpunt: te weinig persoonlijke begeleiding",
  knelpunt_werkplekken = "Knelpunt: te weinig werkplekken met perspectief"
)
stopifnot(identical(names(labels), names(openvoorwerk)))
for (column in names(labels)) attr(openvoorwerk[[column]], "label") <- labels[[column]]
attr(openvoorwerk, "name") <- "Open voor Werk (simulated)"
attr(openvoorwerk, "simulated") <- TRUE

save(openvoorwerk, file = file.path("data", "openvoorwerk.rda"), version = 2, compress = "xz")

#' Open voor Werk: a simulated survey with the published margins
#'
#' A **simulated** data frame of 1582 respondents, the number interviewed by the study *Open voor Werk* ("open for
#' work"). The answer counts of every published table of the study are reproduced exactly, and so, after rounding, are
#' the percentages claimed in its text, save one that contradicts its own table (see [published]). **No row is a real
#' person**: the study's microdata are not public, and which simulated respondent gave which answer was drawn at random.
#' Nothing about a single municipality, organisation or provider may be concluded from these data.
#'
#' @details
#' Open voor Werk asked clients with a psychiatric vulnerability in 50 Dutch municipalities about the support they get
#' towards work. Thirteen regional client organisations conducted the interviews, in two rounds (April 2013 to June 2014,
#' and June to December 2014).
#'
#' The following are real: the numbers of respondents (1582), municipalities (50), organisations (13) and rounds (2), the
#' answer counts of `leeftijdsgroep`, `arbeidssituatie`, `passend`, `waarom_niet` and `ervaringsdeskundige`, and the
#' percentages of `growth`, `relapse_important`, `vertrouwen`, `external_support` and `resultaat`. The data also agree
#' with what the study says in words: half of those at the werkplein and the sociale dienst find that their strong and
#' weak sides are not seen, against far fewer elsewhere; attention to growth is lowest at the werkplein; attention to
#' relapse falls short mostly at the werkplein and the sociale dienst.
#'
#' Everything else is invented. The names of the municipalities are those of real ones, some of which the study names,
#' but which municipality took part, in which round, under which organisation, with how many respondents and with which
#' answers is made up. So are the weights, the differences between municipalities, the drop at the werkplein between
#' the rounds in the proportion whose strong and weak sides are not seen, and all columns not named above.
#'
#' Each municipality is in one round only, so the design is stratified by `ronde` with `gemeente` as the primary
#' sampling unit. Design effects of the answers of all respondents are mostly between 1 and 2.5.
#'
#' Every column has a Dutch `"label"` attribute. The data frame has the attributes `name`
#' (`"Open voor Werk (simulated)"`) and `simulated` (`TRUE`). Being plain attributes of plain columns, they are dropped
#' when base R takes a subset.
#'
#' Missing values are questions that were not answered or did not apply. Without a `provider` there are no answers
#' about the provider's attention; `external_support` and `passend` are for those with activities; `waarom_niet` is for
#' those who did not answer "Ja, helemaal" to `passend`.
#'
#' The source of the simulation is `data-raw/openvoorwerk.R` in the package's repository. It sets the seed and the kind
#' of random numbers, and makes the same data every time.
#'
#' @format A data frame with 1582 rows and 28 columns:
#' \describe{
#'   \item{id}{respondent, 1 to 1582 (integer)}
#'   \item{gemeente}{municipality, the primary sampling unit (factor, 50 levels; 16 or more respondents each)}
#'   \item{organisatie}{regional client organisation (factor, 13 levels, "Organisatie 1" to "Organisatie 13"); each
#'     municipality has one}
#'   \item{ronde}{round, the stratum (factor: "ronde 1" with 30 municipalities, "ronde 2" with 20)}
#'   \item{gewicht}{weight (number with mean 1, between 0.4 and 3), varying with the size of the municipality and age}
#'   \item{geslacht}{sex (factor: "man", "vrouw")}
#'   \item{leeftijd}{age in years (integer, 16 to 78), within the band of `leeftijdsgroep`}
#'   \item{leeftijdsgroep}{age band (ordered factor, 6 levels); as published}
#'   \item{arbeidssituatie}{work situation (factor, 8 levels); as published}
#'   \item{provider}{who supports the respondent towards work (factor): "werkplein" (public employment desk),
#'     "sociale dienst" (municipal social services), "re-integratiebureau" (re-integration agency),
#'     "sociale werkplaats" (sheltered workshop), "dagbestedingscentrum" (day-activity centre)}
#'   \item{strengths}{does the contact person see strong and weak sides? (ordered factor: "niet" (not at all), "een
#'     beetje" (a little), "grotendeels" (largely), "helemaal" (entirely)); "niet" for 50 % of those at the werkplein and
#'     the sociale dienst}
#'   \item{growth}{attention to room for growth (factor: "ja" (yes), "soms" (sometimes), "nee, wel gewenst" (no, but
#'     wanted), "geen behoefte" (no need)); "ja" and "soms" together 58 %, then 19 % and 23 %. Not ordered, as
#'     "geen behoefte" does not mean less attention than "nee, wel gewenst"}
#'   \item{relapse}{attention to relapse (ordered factor: "niet" (none), "te weinig" (too little), "voldoende"
#'     (enough), "ruim voldoende" (ample))}
#'   \item{relapse_important}{is attention to relapse important? (factor: "ja", "nee"); "ja" for all, so that "nee" is
#'     an empty level}
#'   \item{vertrouwen}{trust in the contact (factor: "ja" 73 %, "nee, te weinig kennis" (no, knows too little) 27 %)}
#'   \item{external_support}{external guidance at work (factor: "ontvangt" (receives it) 66 %, "wil graag" (wants it)
#'     11 %, "geen behoefte" (no need))}
#'   \item{resultaat}{what the support led to (factor: "werk door ondersteuning" (work through the support) 37 %,
#'     "werk op eigen kracht" (found work alone) 19 %, "geen werk" (no work)); work may be unpaid}
#'   \item{passend}{do the current activities fit? (ordered factor, 4 levels); as published}
#'   \item{waarom_niet}{why they do not fit entirely (factor, 5 levels); as published}
#'   \item{ervaringsdeskundige}{support from a peer expert (factor, 4 levels); as published}
#'   \item{knelpunt_banen}{bottleneck named: too few regular jobs (logical)}
#'   \item{knelpunt_ervaring}{bottleneck named: no fitting education or recent work experience (logical)}
#'   \item{knelpunt_leeftijd}{bottleneck named: high age (logical)}
#'   \item{knelpunt_schaamte}{bottleneck named: shame about a psychiatric background (logical)}
#'   \item{knelpunt_werkdruk}{bottleneck named: coping with pressure at work (logical)}
#'   \item{knelpunt_schulden}{bottleneck named: debts or too little money (logical)}
#'   \item{knelpunt_begeleiding}{bottleneck named: too little personal guidance (logical)}
#'   \item{knelpunt_werkplekken}{bottleneck named: too few places to work that lead somewhere (logical)}
#' }
#' Several bottlenecks may be named by one respondent.
#'
#' @source Simulated. Margins: Landelijk Platform GGz, *Factsheet Psychische kwetsbaarheid en werk*, the summary of the
#'   national report of Open voor Werk, April 2015; see [published].
#' @seealso [published] for the figures themselves.
#' @examples
#' attr(openvoorwerk, "name")
#' table(openvoorwerk$ervaringsdeskundige)
#'
#' # Unweighted row percentages: whose strong and weak sides are seen?
#' with(openvoorwerk, round(100 * prop.table(table(provider, strengths), 1)))
#'
#' # A published table and the data agree
#' age <- subset(published$tables, question == "Leeftijd")
#' cbind(published = age$n, simulated = table(openvoorwerk$leeftijdsgroep)[age$answer])
"openvoorwerk"

#' The published figures of Open voor Werk
#'
#' The figures that the study *Open voor Werk* published: its tables 1 to 3 and the percentages claimed in its text.
#' These are the study's **real** figures, unlike [openvoorwerk], which is simulated from them.
#'
#' @details
#' `pct` is the percentage as printed. Six of the 27 are not what the printed counts give after rounding: 558 of 1500,
#' for one, is 37 and was printed as 38. In the same way the text has 58 for those who value a peer expert, where the
#' counts of table 3 give 57. And the text says that work which does not fit is mostly too easy, the reason of 77 of 440; 106
#' have other interests. Those two claims are the only ones that [openvoorwerk], which has the counts, does not meet.
#' [weeg_audit()] finds all of this, and more.
#'
#' @format A list of two data frames.
#'
#' `tables`, one row per answer (27 rows):
#' \describe{
#'   \item{table}{number of the published table (integer, 1 to 3)}
#'   \item{question}{the question, in Dutch (character)}
#'   \item{answer}{the answer, in Dutch (character)}
#'   \item{n}{number of respondents (integer)}
#'   \item{pct}{printed percentage (integer)}
#' }
#'
#' `claims`, one row per percentage or word of quantity in the texts (23 rows):
#' \describe{
#'   \item{id}{short name of the claim (character)}
#'   \item{pct}{claimed percentage (integer), `NA` where the claim is that it is the largest}
#'   \item{statement}{what it is a percentage of, in Dutch (character)}
#'   \item{population}{the population it refers to, in Dutch (character)}
#'   \item{n}{number of respondents it is based on (integer), `NA` where the text gives none}
#'   \item{relation}{`"="`; `">"`, `"about"` or `"largest"` where the text says more than, about, or mostly (character)}
#'   \item{question, answers}{the question of `tables` that it is about, and the answers it combines (character), else `NA`}
#'   \item{set}{a name for claims that are answers to one question (character), else `NA`}
#' }
#' Which rows of a table a claim combines, and which claims share a question, is our reading of the text. The claims whose
#' `id` starts with `panel_` or `severe_` are external figures that the study, or a meeting about it, is compared with.
#'
#' @source Landelijk Platform GGz, *Factsheet Psychische kwetsbaarheid en werk*, the summary of the national report of
#'   Open voor Werk, April 2015, and the news item about that report. The `panel_` figures are there attributed to the
#'   Panel Psychisch Gezien, Trimbos-instituut, 2013. The `severe_` figures: Kenniscentrum Phrenos, on a meeting of 3 February
#'   2016.
#' @seealso [openvoorwerk]
#' @examples
#' subset(published$claims, select = c(id, pct))
#'
#' # Printed percentages that differ from those of the printed counts
#' figures <- published$tables
#' figures$exact <- with(figures, 100 * n / ave(n, question, FUN = sum))
#' subset(figures, abs(pct - exact) > 0.5, select = c(answer, n, pct, exact))
"published"

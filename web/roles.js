// Which variables are the weight, strata and clusters: guessed from what an SPSS file says and from usual names, and always shown.
const usual = {
  weights: /^(weight|weights|wt|wgt|gewicht|gewichten|weging|weegfactor|wegingsfactor|.*_(weight|gewicht|wgt))$/i,
  strata: /^(stratum|strata)$/i,
  cluster: /^(psu|cluster|clusters)$/i,
};

export const roles = Object.keys(usual);

// Variables as web_variables() lists them: {weights, strata, cluster} by name or null, and how each was found.
export function guessRoles(variables) {
  const guess = { how: {} };
  for (const role of roles) {
    const declared = role === "weights" ? variables.find((v) => v.role === "weight") : undefined;
    const named = variables.find((v) => usual[role].test(v.variable) && (role !== "weights" || v.kind === "number"));
    guess[role] = (declared ?? named)?.variable ?? null;
    if (guess[role] !== null) guess.how[role] = declared !== undefined ? "file" : "name";
  }
  return guess;
}

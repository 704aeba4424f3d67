// Runs before the first paint, in every page: the choice of light or dark that this browser remembers.
try {
  const chosen = localStorage.getItem("clarateach.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // A browser that keeps nothing follows the system.
}

export {};

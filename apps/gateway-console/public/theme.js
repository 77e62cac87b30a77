// Before the first paint, so that a chosen theme does not flash: a module would come too late.
try {
  const chosen = localStorage.getItem('nyxera-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is refused: the system's preference holds.
}

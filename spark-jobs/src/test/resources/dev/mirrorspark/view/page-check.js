// What is wrong with the page as it is shown: contrast of each text, width, names of controls, scripts.
(() => {
  const faults = [];
  const numbers = colour => colour.match(/[\d.]+/g).map(Number);
  const luminance = colour => {
    const [r, g, b] = numbers(colour).slice(0, 3).map(c => {
      const share = c / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const opaque = colour => {
    const parts = numbers(colour);
    return parts.length < 4 || parts[3] === 1;
  };
  const behind = element => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (opaque(colour)) {
        return colour;
      }
    }
    return 'rgb(255, 255, 255)';
  };
  document.querySelectorAll('details').forEach(one => { one.open = true; });
  const seen = new Set();
  for (const element of document.querySelectorAll('body *')) {
    const hasText = Array.from(element.childNodes).some(node => node.nodeType === 3 && node.data.trim() !== '');
    if (!hasText && !(element instanceof HTMLInputElement)) {
      continue;
    }
    const ink = getComputedStyle(element).color;
    const paper = behind(element);
    const [a, b] = [luminance(ink), luminance(paper)].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5 && !seen.has(ink + paper)) {
      seen.add(ink + paper);
      faults.push(`contrast ${contrast.toFixed(2)} of ${ink} on ${paper} in <${element.localName} class="${element.className}">`);
    }
  }
  // the colours of tokens that this page does not use
  for (const family of ['surprise', 'worth']) {
    for (let step = 0; step < 7; step++) {
      const style = getComputedStyle(document.documentElement);
      const hex = style.getPropertyValue(`--${family}${step}`).trim();
      const ink = style.getPropertyValue('--ink').trim();
      const rgb = text => 'rgb(' + [1, 3, 5].map(i => parseInt(text.slice(i, i + 2), 16)).join(', ') + ')';
      const [a, b] = [luminance(rgb(ink)), luminance(rgb(hex))].sort((x, y) => y - x);
      if ((a + 0.05) / (b + 0.05) < 4.5) {
        faults.push(`contrast of --${family}${step}`);
      }
    }
  }
  if (document.documentElement.scrollWidth > innerWidth) {
    faults.push(`${document.documentElement.scrollWidth} wide in a window of ${innerWidth}`);
  }
  for (const control of document.querySelectorAll('main input:not([type=hidden]), main select, main button')) {
    if (control.labels?.length === 0 && !control.ariaLabel && control.textContent.trim() === '') {
      faults.push(`a <${control.localName}> without a name`);
    }
  }
  for (const image of document.images) {
    if (image.alt === '' || (image.complete && image.naturalWidth === 0)) {
      faults.push(`image ${image.src}`);
    }
  }
  if (document.querySelectorAll('h1').length !== 1 || document.scripts.length !== 1) {
    faults.push('headings or scripts');
  }
  return faults;
})()

// Two comforts on the form; it works without them. Focus goes to the error summary when there is
// one, and the Social Security number can be shown while it is typed.
(() => {
	const summary = document.querySelector(".summary");
	if (summary) summary.focus();
	for (const button of document.querySelectorAll("button[data-shows]")) {
		const box = document.getElementById(button.dataset.shows);
		if (!box) continue;
		button.hidden = false;
		box.classList.add("masked");
		button.addEventListener("click", () => {
			const hidden = box.classList.toggle("masked");
			button.setAttribute("aria-pressed", String(!hidden));
			button.textContent = hidden ? button.dataset.show : button.dataset.hide;
		});
	}
})();

// Three comforts on the form; it works without them. Focus goes to the error summary when there is
// one, the Social Security number can be shown while it is typed, and the submission key stays with
// the tab's history: browsers put the old answers into the page that Back loads anew, and sending
// them again is then the same submission.
(() => {
	const key = document.querySelector("input[name=submissionKey]");
	if (key) {
		key.value = history.state?.submissionKey ?? key.value;
		history.replaceState({ submissionKey: key.value }, "");
	}
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

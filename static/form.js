// Comforts on the forms, which work without them: focus goes to the error summary when there is one,
// Back never asks to send a form again nor shows one as if it had not been sent, the Social Security number can be shown while it is typed and
// does not stay in a page that was left, the month of birth can be typed as a number, a page can be
// printed by a button, the form tells how large the window is, and a ZIP code fills in city and state.
(() => {
	const find = (selector) => document.querySelector(selector);
	find(".summary, .notice[tabindex]")?.focus();
	history.replaceState(null, ""); // Back to a page that answered a form shows it, and sends nothing again

	let submitted = false;
	addEventListener("submit", () => { submitted = true; });
	addEventListener("pageshow", (event) => { // the browser kept this page, which no longer shows what we have
		if (event.persisted && submitted) location.replace(location.pathname);
	});

	const viewport = find("input[name=viewport]");
	if (viewport) viewport.value = `${innerWidth}x${innerHeight}`;

	const print = find("button[data-prints]");
	if (print) {
		print.hidden = false;
		print.previousElementSibling.hidden = true;
		print.addEventListener("click", () => window.print());
	}

	const eye = find("button[data-shows]");
	if (eye) {
		const box = document.getElementById(eye.dataset.shows);
		eye.hidden = false;
		box.classList.add("masked");
		eye.addEventListener("click", () => {
			const hidden = box.classList.toggle("masked");
			eye.setAttribute("aria-pressed", String(!hidden));
		});
		addEventListener("pagehide", () => { box.value = ""; }); // the form has been sent by then, or was left
	}

	const month = find("select[autocomplete=bday-month]");
	let digits = "";
	month?.addEventListener("focus", () => { digits = ""; });
	month?.addEventListener("keydown", (event) => { // the browser itself finds the name by its letters
		if (!/^\d$/.test(event.key)) return;
		digits = Number(digits + event.key) <= 12 ? digits + event.key : event.key;
		if (Number(digits) > 0) month.value = String(Number(digits));
	});

	const form = find("form[data-places]");
	if (!form) return;
	const { zipCode: zip, city, state } = form.elements;
	const place = find("#place");
	const filled = new Map(); // box → what this script wrote into it
	const takeBack = () => {
		for (const [box, value] of filled) if (box.value === value) box.value = "";
		filled.clear();
		place.textContent = "";
	};
	const fill = (box, value) => {
		if (box.value !== "" || box === document.activeElement) return false; // a person has typed, or is about to
		box.value = value;
		filled.set(box, value);
		return true;
	};
	let asked = "";
	const look = async () => {
		const code = zip.value.replace(/\D/g, "").slice(0, 5);
		if (code === asked) return;
		asked = code;
		takeBack();
		if (code.length < 5 || city.value !== "" && state.value !== "") return;
		const answer = await fetch(form.dataset.places, { method: "POST", body: new URLSearchParams({ zip: code }) });
		if (answer.status !== 200 || code !== asked) return; // 204: nobody knows where it is
		const found = await answer.json();
		const told = [[city, found.city], [state, found.state]].filter(([box, value]) => fill(box, value)).map(([, value]) => value);
		if (told.length > 0) place.textContent = form.dataset.filled.replace("{place}", told.join(", "));
	};
	zip.addEventListener("input", () => look().catch(() => { asked = ""; })); // the person types city and state
})();

// The agent's desk, which works without this as a plain form: keys, the line of the script beside the focus, mail hosts,
// city and state of a ZIP code, and saving what is typed. htmx does the checks of fields and the sending.
(() => {
	const find = (selector) => document.querySelector(selector);
	const form = () => find("#answers");
	const inputs = () => form().elements;
	const keys = find("#keys");
	const isTyping = (element) => element.matches("input:not([type=checkbox], [type=radio]), select, textarea");

	// Saving: every ten seconds while somebody types, and on leaving. Never the Social Security number.
	let dirty = false;
	let sent = false;
	let draft = inputs().draft.value;
	const typed = () => {
		const body = new URLSearchParams(new FormData(form()));
		body.delete("socialSecurityNumber");
		return body;
	};
	const save = async () => {
		if (!dirty || sent) return;
		dirty = false;
		const answer = await fetch("/desk/draft", { method: "POST", body: typed() });
		if (answer.status === 204) return;
		const { at } = await answer.json(); // the page of a sign-in is no JSON
		find("#saved").textContent = `Saved ${at}`;
	};
	setInterval(() => save().catch(() => {
		dirty = true;
		find("#saved").textContent = "Not saved yet";
	}), 10_000);
	addEventListener("pagehide", () => {
		if (dirty && !sent) navigator.sendBeacon("/desk/draft", typed());
		dirty = false;
	});
	addEventListener("pageshow", (event) => {
		if (event.persisted) location.replace("/desk"); // Back must not show the last caller
	});

	// The script: the line of the focused field is lit.
	const light = (name) => {
		const lines = [...document.querySelectorAll("#lines li")];
		if (!lines.some((line) => line.dataset.for === name)) return;
		find("#script").classList.add("live");
		for (const line of lines) line.classList.toggle("now", line.dataset.for === name);
	};
	const switchScript = () => {
		const spanish = find("#language-es");
		(spanish.checked ? find("#language-en") : spanish).checked = true;
		dirty = true;
	};

	// City and state of the ZIP code: written where nothing is, or where we wrote before.
	const filled = new Map();
	const fill = (box, value) => {
		if (box.value !== "" && box.value !== filled.get(box.name)) return;
		box.value = value;
		filled.set(box.name, value);
		if (box === document.activeElement) box.select(); // typing replaces it
	};
	const fillPlace = () => {
		const { zip, city, state } = find("#place").dataset;
		const { zipCode, filledFor } = inputs();
		if (zip === "" || zipCode.value.replace(/\D/g, "").slice(0, 5) !== zip) return;
		fill(inputs().city, city);
		fill(inputs().state, state);
		filledFor.value = zip;
	};
	const knowPlace = () => {
		const { zip, city, state } = find("#place").dataset;
		if (zip === "") return;
		filled.set("city", city);
		filled.set("state", state);
	};

	// Mail hosts: "@g" and Tab is gmail.com.
	const hosts = () => [...find("#email-hosts").children];
	const offered = () => hosts().filter((host) => !host.hidden);
	let refused = false;
	const choose = (host) => {
		for (const other of hosts()) other.setAttribute("aria-selected", String(other === host));
		if (host) inputs().email.setAttribute("aria-activedescendant", host.id);
		else inputs().email.removeAttribute("aria-activedescendant");
	};
	const offerHosts = (show) => {
		const box = inputs().email;
		const at = box.value.lastIndexOf("@");
		const begun = box.value.slice(at + 1).toLowerCase();
		const known = hosts().some((host) => host.textContent === begun);
		let left = show && !refused && at > 0 && begun !== "" && !known ? 3 : 0;
		for (const host of hosts()) host.hidden = !(left > 0 && host.textContent.startsWith(begun) && left--);
		find("#email-hosts").hidden = offered().length === 0;
		box.setAttribute("role", "combobox");
		box.setAttribute("aria-controls", "email-hosts");
		box.setAttribute("aria-autocomplete", "list");
		box.setAttribute("aria-expanded", String(offered().length > 0));
		choose(offered()[0]);
	};
	const accept = (host) => {
		const box = inputs().email;
		box.value = box.value.slice(0, box.value.lastIndexOf("@") + 1) + host.textContent;
		dirty = true;
		offerHosts(false);
	};
	const hostKey = (event) => {
		const list = offered();
		if (list.length === 0) return;
		const at = list.findIndex((host) => host.getAttribute("aria-selected") === "true");
		switch (event.key) {
			case "Tab": // goes on to the next field by itself
				if (!event.shiftKey) accept(list[at]);
				break;
			case "Escape":
				refused = true;
				offerHosts(false);
				break;
			case "ArrowDown":
			case "ArrowUp":
				event.preventDefault();
				choose(list[(at + (event.key === "ArrowDown" ? 1 : list.length - 1)) % list.length]);
		}
	};

	// New lead: nothing of the last caller stays in the page.
	const startAnew = async () => {
		await save().catch(() => {});
		for (const box of inputs()) {
			if (box.matches("input[type=checkbox], input[type=radio]")) box.checked = false;
			else if (box.matches("input, select")) box.value = "";
		}
		dirty = false;
		location.replace("/desk");
	};

	const nextProblem = () => {
		const boxes = [...form().querySelectorAll(".note")].filter((note) => note.querySelector(".problem, .warning"))
			.map((note) => document.getElementById(note.id.replace(/-note$/, "")));
		if (boxes.length === 0) return;
		const here = boxes.indexOf(document.activeElement);
		const next = boxes[(here + 1) % boxes.length];
		const more = next.closest("details");
		if (more) more.open = true;
		next.focus();
	};
	const focusFirstError = () => form().querySelector("[aria-invalid=true]")?.focus();

	const withCtrl = {
		"Enter": () => find("#send") && form().requestSubmit(find("#send")),
		".": nextProblem,
		",": switchScript,
		"/": () => find("#search").click(),
		";": () => find("#call-backs").click(),
	};
	document.addEventListener("keydown", (event) => {
		if (event.defaultPrevented) return; // the key was for how the call ended
		const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
		if (event.target.id === "email" && plain) hostKey(event);
		let act;
		if (event.ctrlKey && !event.altKey && !event.metaKey) act = withCtrl[event.key];
		else if (plain && event.key === "F2") act = startAnew;
		else if (plain && event.key === "F8" && find("#link")) act = () => { find("#link").focus(); find("#link").click(); };
		else if (plain && event.key === "?" && !isTyping(event.target) && !keys.dataset.off) act = () => { keys.open = !keys.open; keys.firstElementChild.focus(); };
		if (!act || event.repeat) return;
		event.preventDefault();
		act();
	});

	document.addEventListener("focusin", (event) => { if (event.target.name) light(event.target.name); });
	document.addEventListener("focusout", (event) => { if (event.target.id === "email") offerHosts(false); });
	document.addEventListener("mousedown", (event) => {
		if (event.target.getAttribute("role") !== "option") return;
		event.preventDefault(); // the focus stays in the box
		accept(event.target);
	});
	document.addEventListener("click", (event) => {
		if (!event.target.closest("#new, [data-new-lead]")) return;
		event.preventDefault();
		startAnew();
	});
	document.addEventListener("input", (event) => {
		const box = event.target;
		if (box.form?.id !== "answers") return;
		dirty = true;
		if (box.id === "email") {
			refused = refused && box.value.includes("@");
			offerHosts(true);
		}
		if (box.id === "zipCode" && box.value.replace(/\D/g, "").length === 5) htmx.trigger(box, "complete");
	});

	// An answer about what was in a box before is not shown.
	document.addEventListener("htmx:beforeSwap", (event) => {
		const { requestConfig: asked } = event.detail;
		const box = asked.elt;
		if (asked.path === "/desk/check" && asked.formData.get(box.name) !== box.value) event.detail.shouldSwap = false;
	});
	document.addEventListener("blank", (event) => { event.target.value = ""; }); // it was no answer, and must not stay in the page
	document.addEventListener("leadSent", () => {
		sent = true;
		dirty = false;
		form().classList.add("sent");
		for (const box of inputs()) box.readOnly = true; // a change would not be sent
	});
	document.addEventListener("htmx:afterSettle", (event) => {
		if (inputs().draft.value !== draft) { // the form becomes a new lead: nothing of it is saved yet
			draft = inputs().draft.value;
			dirty = true;
		}
		if (event.detail.requestConfig?.path === "/desk" && [200, 409].includes(event.detail.xhr.status)) { // the answers were valid
			for (const old of form().querySelectorAll(".summary, .note .problem, .sendRow .next")) old.remove();
		}
		if (event.detail.requestConfig?.path === "/desk") find("#outcome:not(.good)")?.scrollIntoView({ block: "nearest" });
		fillPlace();
		for (const note of form().querySelectorAll(".note")) {
			const box = document.getElementById(note.id.replace(/-note$/, ""));
			if (note.querySelector(".problem")) box.setAttribute("aria-invalid", "true");
			else box.removeAttribute("aria-invalid");
		}
		if (event.detail.requestConfig?.path === "/desk" && event.detail.xhr.status === 422) focusFirstError();
		if (event.detail.requestConfig?.path === "/desk" && event.detail.xhr.status === 403) find("#send")?.focus();
		if (document.activeElement?.name) light(document.activeElement.name);
	});

	knowPlace();
	focusFirstError();
	if (document.activeElement?.name) light(document.activeElement.name);
})();

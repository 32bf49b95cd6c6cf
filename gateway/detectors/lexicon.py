"""Words by which people are known, and words that look like names and are none."""


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


SURNAME_ENDINGS = tuple(
    _words("""
    ović ević ić ová enko czyk wicz owski owska ewski ewska iński ińska ský ská ersson arsson ksson nsson dsson lsson
    tsson dóttir shvili idze opoulos escu ainen onen ovich evich ðsson rsson gsson msson usson nsen gsen lsen dsen tsen
    ksen dersen pettersen ndez guez quez nchez tínez tinez lvarez nález zález zalez gómez lópez pérez rmann lmann hmann
    ckmann ßmann tmann gmann dmann enkov nikov akov ekov ikov chov nkov rkov lkov skov tkov imov amov omov ymov inov
    anov ynov alov elov ilov olov yrov arov erov kova lova rova tova mova yrova yeva ieva aeva gorski worski kowski zki
    cki yński ynska ński ńska adze läinen minen kinen hinen tinen vinen rinen sinen tanen kunen sdóttir oğlu oglu elsson
    sgaard
""")
)
"""How surnames end that are rarely anything else."""

TITLES = _words("""
    mr mrs ms miss mx dr prof professor sir madam lady lord rev reverend capt captain lt sgt col gen judge sheriff
    senator officer nurse herr frau mme mlle monsieur madame señor señora sr sra dott ing dhr mevr sig pan pani
""")
"""What stands before a name and nowhere else."""

PARTICLES = _words("""
    of de del della delle di da do dos das du des la las los le les van von der den het ten ter am an auf im i y e et
    nad na pod pri ob al el bin ben ibn abu
""")
"""Small words inside names."""

MONTHS = _words("""
    january february march april may june july august september october november december jan feb mar apr jun jul aug
    sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri
    sat sun
""")
"""Months and weekdays."""

ABBREVIATIONS = _words("""
    st rd ave av blvd ln dr ct pl sq hwy pkwy ul al os str bd avda calle mr mrs ms prof rev capt lt sgt col gen jr sr
    apt ste rm bldg ctra krt rkp nám
""")
"""Words that a full stop belongs to."""

ORGANISATIONS = _words("""
    ab ag agency airlines airport airways army assembly associates association authority bank bar board boys brothers
    bureau cafe campus capital center centre church city club co college commission committee company computer
    conference congress consulting cooperative corp corporation council county court cup department dynasty electric
    energy enterprises express factory federation festival financial firm foundation fund gallery girls gmbh
    government group guild hall holding holdings hospital hotel inc inn institute insurance international investments
    island islands kingdom laboratories lake laboratory league library limited llc llp ltd media ministry mountain
    museum network nv office orchestra organization party partners phd plc police press prize restaurant river sa sas
    school se services society software solutions spa stadium stock store syndrome systems team technologies
    technology theater theatre theorem trust union university ventures war
""")
"""Words after which the words before them are no person."""

COMMON = _words("""
    a able abort about above abstract accept access account accounts action actions active add added adding additional
    address addresses admin advanced adventure after again against agent agents airflow alert algorithm alias all allow
    alpha alpine also alternative always am amazon amd amount an anaconda analysis analytics and android angular
    animation annex announcement ansible answer answers any apache api apis app appendix application applications apply
    apps architecture arduino are area args argument arguments arm array arrays article articles as ask asked assertion
    async at attention attribute attributes audit authentication author authorization authors auto available average
    avoid await aws azure backend background backup badge balance base bash basic batch be because before begin
    benchmark benchmarks best beta better bibliography billing binary birthday bitcoin blank blob block blog body bokeh
    book boolean bot both branch browse browser buffer bug bugs build building builds built bulk business but button buy
    by bytes bzip cache caching call called calls can cancel card careful cargo cases catch category cause caution
    celery certificate change changed changelog changes chapter chapters character characters chat chatgpt check
    checklist checks child choose chrome chunk chunks citation cite citing clang class classes clean clear click client
    clients clone close cloud cluster cmake code codec coding collection color colour column columns comedy coming
    command commands comment comments commit community compare comparison compatibility compatible compiler complete
    component components compute computing concept concepts conclusion concurrency conda conference config configuration
    configure confluence connect connection connections console constraint constructor contact container content
    contents context continue contract contribute contributing contributor contributors control controls convert
    converting cookie cookies copilot copy copyright core could country course cover coverage cpu create created creates
    creating creation credit credits cross csv current currently custom customer customers customise customize cython
    daemon dark dashboard dask data database databases databricks dataset datasets date dates day days dear debian debug
    debugging decimal decorator decorators deep default defaults define defined definition delete deleted delivery demo
    department depend dependencies dependency deploy deploying deployment deployments deprecated deprecation description
    design desk detail details detected detector dev develop developer developers development device devops diagram dict
    dictionary did different digest direct directed directory disable disabled disclaimer discover discussion
    discussions display distribution django do docker dockerfile docs document documentation documents does domain
    domains done download downloads draft drama drive driver drop due dummy during dynamic each early easy edge edit
    editor education effect either elasticsearch element elements else email emails embedded embedding empty enable
    enabled encoder encoding encryption end endpoint endpoints engine engineer engineering english ensure enterprise
    entities entity entry enum environment environments equation error errors eslint essay evaluate evaluation even
    event events every everyone everything example examples excel except exception exceptions excuse execute execution
    exit expert explorer export expression extend extension extensions external extra extras facebook fact false family
    faq fast fastapi fax feature features fedora feedback fetch field fields figma figure file filename files fill film
    filter filters final finally financial find finding findings fine firefox first fish fix fixed fixes fixtures flask
    flow follow following font food for foreign form format formats formatting forms forum found framework frameworks
    free frequently friday from front frontend full function functional functions further future gamma gateway gcc
    gemini general generate generated generation generator generic get gets getter getters getting git github gitlab
    glossary gmail go god goodbye google got government gpu gradle grafana graph graphql great group groups grpc gtk
    guess guest guide guidelines guides hacker had hadoop half handle handler handling happy hard hardware has hash
    haskell have having he header headers heading health hello help helped helper helpers her here hey hidden high
    higher highlights hint hints his history hit hive home homepage hook hooks horror host hosting hosts hour hours how
    however html http https httpx huggingface human icon idea ideas identifier identity if image images impact implement
    implementation implemented implementing import important imports improve improved improvement improvements in
    include includes including index indexes info information inject input inputs insert inside insight insights
    inspired instagram install installation installed installer installing instance instances instead instruction
    instructions int integer integrate integration integrations intel interactive interface interfaces internal
    internals internet interrupt into introduction invalid invoice ipad iphone is issue issues it item items iterate
    iterator its java javascript jenkins jinja jira job jobs join json jsonl jupyter jupyterlab just kafka keep keras
    kernel key keyboard keys keyword keywords kids know known kotlin kubectl kubernetes label labels lambda language
    languages large last latency latest launch layer layers layout lazy lead learn learning left legacy legal lemma
    length lesson lessons let letter level levels libraries library licence license licensed licenses light like limit
    limitation limitations limited limits line lines link linked linkedin links lint linter linting linux list listen
    lists literal llama load loaded loader loading local locale location locations lock log logfire logger logging logic
    login logs long look loop lorem low lower lua machine macos mail mailing main maintainer maintainers maintenance
    make makefile making manage management manager manual many map mapping markdown match matching math matplotlib maven
    maximum maybe me mean media median meeting member memory menu merge message messages meta metadata meter method
    methods metric metrics microsoft middleware migrate migrating migration mime min minimal minimum minor minutes misc
    miscellaneous missing mission mistral mit mobile mock mode model modeling models modern modes modified module
    modules monday money mongodb monitor monitoring month months more most move moved moving much multi multiline
    multiple music must mutation my mypy mysql mystery name named names namespace native nature near need netflix
    network networking networks never new news next nginx night node nodejs nodes non none normal not notation note
    notebook notebooks notes nothing notice notification notifications notion now npm null number numbers numpy nvidia
    oauth object objective objects observability of official okay old on once one online only open openai opencv opening
    openssl opera operating operation operations operator operators optimization option optional options or oracle order
    orders ordinary original other others otherwise our out outlook output outputs over overall overview own owner
    package packages packaging page pages pandas parallel parameter parameters parent parse parser parsing part partial
    parts pass password patch patches path paths patient pattern patterns payload payment payments paypal pdf pending
    people per performance performs perl permission permissions person personal phase phone photoshop php pip pipeline
    pipelines place plain plan platform platforms please plot plugin plugins point policies policy popular port
    portfolio position possible post postgres postgresql power powerpoint practice precision preface preferences prefix
    premium prepare prerequisites present presentation presidio press prettier prevent preview previous price pricing
    primary principle print priority privacy private pro problem problems procedure process processes processing
    processor product production products profile program programming programs progress project projects prometheus
    promise prompt prompts properties property proposal protected protection protocol protocols provide provided
    provider providers proxy public publish published publishing pull purchase pure purpose push pydantic pypi pytest
    python pytorch qt quality quantity queries query question questions queue quick quickstart quote rabbitmq random
    range raspberry rate rather rating raw read reader reading readme ready real really reason rebase receipt recent
    recipe recipes recommendation recommended record records recursion red redirect redis reduce ref refer reference
    references refund regex region register registration registry regular related relational relations release released
    releases remote remove removed render rendering repeat replace replaced report reporting reports repository request
    requests require required requirement requirements requires research reserved reset resource resources response
    responses rest result results resume retry return returned returns review reviews revision right rights roadmap role
    roles rollback root round route router routes routing row rows rst ruby ruff rule rules run runner running runs
    runtime rust rustc safari safe safety same sample samples sandbox saturday save saved says scala scale scan scenario
    schedule schema scheme science scikit scipy scope score screen script scripts seaborn search second secondary
    seconds secret secrets section sections secure security see select selected selection self send sent sentence
    separate sequence serialization series server servers service services session sessions set sets setting settings
    setup several shared sharing she shell ship shipping short should show showcase shown shows side sign signal
    signature silent similar simple simply since single site sites six size sized skip skype slack slides slow small
    snapshot snippet snowflake so social software solaris solution solutions some something sometimes song songs sort
    source sources space spark special specific specification specifications specify speed sponsor sponsors spotify sql
    sqlalchemy sqlite stable stack stage standard start started starter starting state stateful stateless statement
    statements states static statistics status step steps stop stopped storage store stories stream streaming streams
    strict string strings structure structured study style styles sub subject submit subscription success successful
    such suggest suggested suggestion sum summary sunday super supplement support supported supports svelte swagger
    swift switch sync syntax system systems tab table tableau tables tag tags take taking target targets task tasks team
    teams technical technique technology telegram tell template templates tensor tensorflow term terminal terms
    terraform test tested testing tests text textual than thank thanks that the their them theme then theorem theory
    there these they thing things think third this those though thread threads three threshold through thursday time
    timeline timeout timestamp timing tip tips title to today todo together token tokenizer tokens tomorrow tool toolbar
    toolkit tools top topic topics total track tracker tracking traffic train training transaction transactions transfer
    transform transformer transformers transforms transition translate translation transport tree trello trial trigger
    true try tuesday tuple turn tutorial tutorials twitter two type types typescript typing ubuntu under unicode union
    unique unit units unix unknown unless unlike unlimited until unused up update updated updates updating upgrade
    upgrading upload upper upstream url urls us usage use used useful user username users uses using usually utc utf
    utilities utility uuid valid validate validation validator value values variable variables vector vectors vendor
    verification verify version versioned versions very via video view views virtual visit visual visualise visualize
    vite vocabulary volume vue wait want war warning warnings was watch way ways we web webhook webhooks webkit webpack
    website websites wednesday week weekend weeks welcome well were what whatsapp when where whether which while who
    whole why widget wiki wikipedia win window windows wireless with within without word words work worker workers
    workflow workflows working works workspace world would wrap wrapper write writer writing written wrong xcode xml
    yaml yarn year years yes yesterday you your youtube zero zip zone zones zoom zsh
""")
"""Words that stand in capitals in headings, at the beginning of a line, or as the names of software, and name nobody.

Taken from general technical and business English. A small model takes many of them for people or towns.
"""

"""First names by which people are known."""

_LISTED = """
    Aarav Aarne Aaron Aart Abdul Abdullah Abebe Abigail Achille Adaeze Adam Adebayo Adel Adela Adelaide Adele Adina
    Aditi Aditya Adrian Adrien Adrián Afonso Agata Agathe Agnes Agnieszka Agostino Agustina Agustín Ahmed Ahmet Aiden
    Aileen Aimee Aimé Aimée Aino Aisha Ajay Akash Akihiro Akiko Akira Aksel Akshay Alain Alan Alba Alban Albert Alberto
    Aldo Alejandra Alejandro Aleksandar Aleksander Aleksandr Aleksandra Aleksei Alena Alessandra Alessandro Alessia
    Alessio Alex Alexander Alexandra Alexandre Alexandros Alexei Alfonsina Alfonso Alfred Alfredo Ali Alice Alicia
    Alicja Alina Aline Alisha Alison Alistair Allan Allen Allison Allyson Alok Alonso Aloysius Alphonse Alwin Alyona
    Alžběta Amadou Amal Amalia Amanda Amandine Amara Amedeo Amelia Amelie Amina Amir Amira Amit Amitabh Amparo Amr Amy
    Amélie Ana Anand Anastasia Anastasios Anatoly Anaïs Anders Andrea Andreas Andreea Andrei Andrej Andrew Andrzej
    András André Andrés Aneta Anette Angela Angelica Angeliki Angelina Angus Angélique Anikó Anil Anita Anja Anjali Anke
    Ankit Anna Annalisa Annamaria Anne Annegret Anneke Anneli Anneliese Annette Annie Annika Anouk Ansel Antal Anthony
    Antje Antoine Antoinette Anton Antonella Antoni Antonia Antonietta Antonin Antonio Antonis Antonín Antti Anupam
    Anusha Anya Aparna Apolline Apostolos Araceli Aranka Archana Archibald Arda Ariana Arianna Arja Arjen Arjun
    Arkadiusz Arkady Arlene Arlette Armando Armelle Arnaldo Arnaud Arndt Arne Arnold Arthur Arto Arturo Artyom Arun
    Arvid Arvind Asbjørn Ashley Ashok Ashraf Ashwin Asma Astrid Asuka Athanasios Attila Aude Audrey Auguste Augustin
    Aurelia Aurelio Aurélie Axelle Ayesha Ayhan Aylin Ayman Ayodele Ayumi Ayşe Aziz Babajide Balázs Banu Baptiste
    Barbara Barbro Barnabás Barry Barthélemy Bartosz Bartłomiej Bashir Bastian Bastien Beata Beatrice Beatriz Belinda
    Belén Ben Bence Benedetta Benedetto Benedikt Bengt Benito Benjamin Benoît Berend Berenice Berit Bernadette Bernard
    Bernardo Bernd Bernhard Bertha Bertrand Beth Bettina Betty Beverly Biagio Bianca Bilal Birger Birgit Birgitta Bjarne
    Björk Björn Blaise Blanca Blandine Blanka Bodil Bogdan Bogdana Bogumiła Bogusław Bohdan Bohumil Bojan Bolesław Boris
    Boštjan Bożena Božena Brad Bradley Bram Brandon Branislav Branko Brenda Brent Brett Brian Brice Bridget Bridgette
    Brigitte Britt Britta Bronisław Bronwyn Bruce Bruna Brunella Bruno Bryan Burak Burcu Burkhard Byron Bálint Bärbel
    Béatrice Béla Bérengère Børge Błażej Caio Caleb Calogero Calvin Camila Camille Candice Capucine Caridad Carina Carl
    Carla Carlo Carlos Carlotta Carlton Carly Carmela Carmelo Carmen Carol Carole Carolina Caroline Carolyn Carolyne
    Carrie Caspar Cassandra Catalina Catarina Caterina Catherine Cathrine Cathy Catriona Cecil Cecilia Cedric Ceren
    Cesare Cezary Chandra Chantal Charlene Charles Charline Charlotte Cheryl Chester Chiara Chidi Chinedu Chioma Chloe
    Chris Christa Christel Christelle Christer Christiane Christina Christine Christoph Christophe Christopher Christos
    Chukwuemeka Cindy Cinzia Claire Clara Clarence Clarissa Claudette Claudia Claudine Clayton Clemens Clemente Clifford
    Clinton Clotilde Clémence Clément Clémentine Cody Coen Colin Concepción Concetta Connie Constantin Consuelo Cora
    Coralie Cordula Corentin Corey Corinne Cornelia Cornelis Cornelius Cory Cosimo Costanza Courtney Craig Cristian
    Cristiano Cristina Cristóbal Csaba Csilla Curtis Cynthia Cyprien Cyril Czesław Cécile Cédric Céline César Daan
    Dagmar Daisuke Dalibor Damian Damiano Damien Damián Damon Daniel Daniela Daniele Danielle Danilo Danièle Danny
    Daphne Daria Dario Darius Dariusz Darlene Darrell Darren Darryl Daryl Daryna Davi David Davide Dawid Deanna Debbie
    Debora Deborah Debra Deepa Deepak Deepika Deirdre Dejan Delfina Delia Delores Delphine Denisa Denise Deniz Dennis
    Denys Derek Derrick Derya Desiree Desmond Detlef Detlev Devin Devon Dezső Diana Diane Dianne Didier Diego Dieter
    Dietmar Dietrich Dilip Dimitra Dimitri Dimitrios Dimitris Dina Diogo Dirk Divya Dmitri Dmytro Dolores Domenica
    Domenico Domingo Dominic Dominick Dominik Dominique Donald Donatella Donato Donna Donnie Donovan Dora Doreen Doris
    Dorota Dorothy Dorothée Douglas Dragan Duncan Dusan Dustin Dušan Dwayne Dylan Dániel Dávid Dóra Dörte Ebba Ebbe
    Eberhard Ebony Ebru Eckart Eddie Edeltraud Edgar Edgard Edith Edmund Edna Edoardo Eduarda Eduardo Edward Edwin
    Edwina Edyta Eero Eeva Effie Efraim Efraín Egil Egon Eileen Einar Eino Eirik Eirini Ekaterina Elaine Elbert Eleanor
    Eleftherios Elena Eleni Eleonora Elfriede Elias Elif Elijah Elin Elina Elisabet Elisabeth Elisabetta Elise Eliza
    Elizabeth Eliška Elke Ella Ellen Ellie Ellinor Elliot Elmar Elmer Eloise Elsie Elvira Elvis Elín Elżbieta Emanuela
    Emanuele Emeka Emese Emiko Emilia Emiliano Emilie Emilio Emily Emine Emma Emmanouil Emmanuel Emmanuelle Emmett Emre
    Encarnación Endre Enikő Enrico Enrique Enzo Erdem Eric Erica Erick Erik Erika Erin Erkan Erkki Erling Erma Ermanno
    Ernest Ernestine Ernesto Ernst Erwin Erzsébet Esben Eskil Esmeralda Esperanza Esra Essie Esteban Estefanía Estelle
    Estevão Esther Eszter Etelka Ethan Ethel Ettore Eugene Eugenia Eugenio Eugénie Eula Eunice Eusebio Eva Evan
    Evangeline Evangelos Evelien Evelyn Everett Evgenia Evgeny Ewa Ewald Ewelina Fabian Fabiana Fabien Fabienne Fabio
    Fabiola Fabrice Fabrizio Fabrício Facundo Fadi Farah Farid Farida Faruk Fatima Fatma Fatou Fausto Faye Federica
    Federico Felicia Feliciano Feliks Felipe Felix Femke Ferdinand Ferenc Ferhat Fermín Fernand Fernando Fidel Filip
    Filipa Filipe Filippo Filomena Fiona Fiorella Flavia Flavie Flavio Flemming Florencia Florent Florian Floris Floyd
    Folake Forrest Fotini Frances Francesca Francesco Francine Francis Francisco Franciszek Franciszka Franck Franco
    Franklin František Franz Franziska François Françoise Frauke Fred Freddie Frederick Frederik Fredrick Fredrik Freya
    Frida Frieda Friedhelm Friedrich Frits Fritz Frode Frédéric Fulvio Fumiko Funmilayo Fyodor Fátima Félix Gabriel
    Gabriela Gabriele Gabriella Gaetano Galina Gamze Gareth Gary Gaspard Gaston Gaurav Gautier Gaël Gaëlle Gaëtan Geert
    Geertje Geir Genevieve Geneviève Gennady Gennaro Genowefa Geoffrey Geoffroy Georg George Georges Georgina Georgios
    Georgy Gerald Geraldine Gerard Gerardo Gerd Gerda Gergely Gergő Gerhard Gerlinde Germain Germaine Germán Gernot
    Gertrude Ghislain Giacomo Giada Giancarlo Gianfranco Gianluca Gianni Giannis Gijs Gilbert Gilberto Gilles Gillian
    Gina Ginette Ginevra Gino Giordano Giorgio Giorgos Giovanna Giovanni Gisela Giselle Gisèle Giulia Giuliana Giuliano
    Giuseppe Giuseppina Gizella Gladys Glenda Glenn Gloria Gonzalo Gonçalo Gopal Goran Gordana Gordon Gottfried Govind
    Graham Graziella Grażyna Greg Greger Gregorio Gregory Greta Gretchen Grigoris Grigory Grzegorz Grégoire Grégory
    Guadalupe Gudrun Guglielmo Guido Guilherme Guillaume Guillermo Gundula Gunhild Gunilla Gunnar Gunther Guowei Gustaf
    Gustav Gustavo Guðmundur Guðrún Gwen Gwenaëlle Gwendolyn Gyula György Győző Gábor Géza Gökhan Göran Günter Günther
    Habib Hadrien Hajnalka Hakan Hala Halil Halina Halldór Halvor Hamid Hamza Hana Hande Hanna Hannah Hanne Hannelore
    Hannu Hans Harald Harish Harold Harriet Harry Hartmut Haruka Haruto Harvey Hasan Hassan Hatice Hattie Haukur Hazel
    Heather Hector Hedda Hedvig Hedwig Heidi Heidrun Heike Heikki Heiko Heinrich Heinz Heitor Helen Helena Helga Helge
    Helmi Helmut Hendrik Henk Henning Henri Henrietta Henriette Henrik Henrique Henry Henryk Herbert Herman Hermann
    Hernando Hernán Herta Hervé Hideki Hilario Hilary Hilda Hilde Hildegard Hiltrud Hippolyte Hiroko Hiroshi Hisham
    Hitoshi Hjalmar Holger Homer Honoré Horacio Horst Hortense Howard Hubert Huda Hugo Hugues Humberto Hussain Hussein
    Hyejin Hynek Håkan Håkon Hélio Hélène Hüseyin Ian Ibolya Ibrahim Ida Ifeoma Iga Ignacio Igor Ikenna Ilaria Ildikó
    Ilkka Ilmari Ilona Ilse Ilya Imogen Imran Imre Ines Inez Inga Inge Ingeborg Ingmar Ingo Ingrid Inkeri Inmaculada
    Inna Inès Inés Inês Ioanna Ioannis Iosif Irene Ireneusz Irina Irja Irma Irmgard Irving Irén Isaac Isabel Isabela
    Isabella Isabelle Isaiah Isha Ishaan Isidore Isidro Ismael Ismail Isolde István Ivan Ivana Ivanna Ivano Ivar Iván
    Iwona Izabela Jaakko Jaap Jacek Jacinta Jacinto Jack Jackie Jacob Jacopo Jacqueline Jacques Jadwiga Jaime Jairo Jake
    Jakob Jakub Jamal James Jamie Jamila Jana Jane Janelle Janet Jani Janice Janie Janina Janka Janne Jannik Janusz
    Jaqueline Jared Jari Jarkko Jarmila Jarmo Jaroslav Jarosław Jarrod Jasmin Jasmine Jasna Jason Jaume Javier Jaya
    Jayden Jean Jeanette Jeanne Jeannette Jeannine Jeff Jeffrey Jelena Jenna Jennifer Jenny Jens Jenő Jeremiah Jeremy
    Jermaine Jeroen Jerome Jerry Jerzy Jesper Jesse Jessica Jessie Jesús Jiahao Jill Jim Jimena Jimmie Jimmy Jitka Jiwoo
    Jiyoung Jiřina Jiří Joachim Joakim Joan Joanna Joanne Joaquín Jocelyn Jochen Jodi Jody Joe Joel Johan Johann Johanna
    Johannes John Johnathan Johnny Jolanda Jolanta Jolán Jonas Jonathan Jonathon Jonna Joost Jordi Jorge Joris Jose
    Josef Josefa Josefina Josefine Joseph Josephine Josette Josh Joshua Josiane Josie José Jouni Jovan Jovana Joyce João
    Juan Juana Juanita Judit Judith Judy Juha Juhani Juho Jukka Julia Julianna Julie Julien Julienne Juliet Julieta
    Juliette Julio Julita Julián Junko Jussi Justin Justine Justyna Jutta Jyoti Jérôme Jéssica Jóhann Jóhanna Jón Józef
    József Jörg Jörn Jørgen Júlia Júlio Jürgen Kaare Kaarina Kacper Kadir Kaisa Kaitlyn Kaito Kaj Kalle Kalliopi Kamal
    Kamil Kamila Kaori Karel Karen Kari Karim Karima Karin Karina Karl Karla Karlheinz Karol Karolina Karsten Katalin
    Katariina Katarina Katarzyna Kate Katelyn Katerina Kateřina Katharina Katherine Kathleen Kathrin Kathryn Kathy Kati
    Katie Katja Katrin Katrina Katy Kavita Kayla Kazimierz Kazuki Kazuo Keiko Keira Keith Kelley Kelli Kelly Kelvin
    Kemal Ken Kendall Kendra Kenji Kenneth Kenny Kenta Kerem Kerry Kerstin Kevin Khadija Khaled Khalid Kieran Kim
    Kimberly Kinga Kiran Kirill Kirsi Kirsten Kjell Kjersti Kjetil Klaas Klara Klaudia Klaus Klára Knut Kofi Komal
    Konrad Konstantin Konstantina Konstantinos Kornelia Kornél Kostas Krista Kristen Kristi Kristian Kristin Kristina
    Kristine Kristoffer Kristy Kristín Krisztina Krisztián Krystyna Krzysztof Kseniya Kumar Kumiko Kurt Květa Kwame Kyle
    Kyoko Kyriakos Kálmán Károly Käthe Kåre Ladislav Laetitia Laila Lajos Lakshmi Lamar Lana Larisa Larissa Larry Lars
    Lasse Lassi Latasha Latoya Laura Lauren Laurence Laurent Lauri Laurie Lawrence Layla Leah Leandro Leanne Lech
    Lechosław Leena Lefteris Leif Leigh Leila Leland Lene Lenka Leo Leon Leona Leonard Leonardo Leonel Leonid Leonie
    Leonor Leopold Leroy Leslie Leszek Leticia Letizia Letícia Levent Lewis Leyla Liam Libor Lidia Lieke Lieselotte
    Liisa Lilian Liliana Lilla Lillian Lillie Linda Lindsay Lindsey Linnea Lisa Lisbeth Lise Liudmila Livia Liz Ljiljana
    Ljubica Lois Loredana Loren Lorena Lorene Lorenzo Loretta Lori Loris Lorna Lorraine Lothar Lotte Louis Louisa Louise
    Lourdes Lowell Loïc Luan Luana Lubomír Luboš Luc Luca Lucas Lucette Lucia Luciana Luciano Lucie Lucien Lucienne
    Lucille Lucinda Lucy Lucyna Lucía Ludger Ludmila Ludovic Ludovica Ludwig Luděk Luigi Luis Luisa Luise Luiz Lukas
    Lukáš Luther Lutz Luís Luísa Lydia Lyle Lynda Lynn Lynne Lyudmila László Léa Léon Léonie Léopold Lívia Lóránt Lúcia
    Maaike Maarit Maarten Mabel Macarena Maciej Madeleine Madeline Madhu Maeve Magali Magda Magdalena Magdolna Maggie
    Magnus Magnús Mahesh Mahmoud Makoto Maksim Malcolm Malik Malin Malwina Mamadou Mandy Manfred Manish Manlio Manoj
    Manolis Manolo Manon Manuel Manuela Marc Marcel Marcela Marcelina Marcelino Marcella Marcelle Marcelo Marcia Marcin
    Marco Marcos Marcus Marek Margaret Margareta Margarita Margaux Margherita Margie Margot Margrit Marguerite Maria
    Marian Mariana Marianna Marianne Mariano Maribel Marie Marieke Mariella Marielle Marijke Mariko Marilena Marilyn
    Marina Mario Marion Marios Marisa Marisol Marit Marius Mariusz Marja Marjan Marjatta Marjorie Markku Marko Markus
    Markéta Marlene Marlies Marlon Marlène Marsha Marta Marte Marten Martha Martial Martijn Martin Martina Martín Marvin
    Mary Maryam Maryse Marzena María Masahiro Masato Masha Massimiliano Massimo Matej Mateja Mateus Mateusz Matheus
    Mathias Mathieu Mathilde Matilde Mats Matt Matteo Matthew Matthias Matthieu Matti Mattia Mattias Mattie Matías Maud
    Maureen Maurice Mauricio Maurizio Mauro Maurício Maxence Maxim Maxime Maximilian Maximiliano Maxine Mayumi Maëlle
    Małgorzata Mechthild Meena Meera Megan Megumi Mehdi Mehmet Meike Melanie Melba Melek Melinda Melissa Melvin Meredith
    Merel Merle Merve Mette Mia Micaela Micah Michael Michaela Michalis Michał Micheal Michel Michela Michelangelo
    Michele Michelle Michiel Michiko Michèle Midori Mieczysław Mieke Miguel Miha Mihály Mika Mikael Mikayla Mike Mikhail
    Mikkel Mikko Miklós Mila Milada Milagros Mildred Milena Milica Miloslav Miloš Mindy Minh Minho Minjun Minna Minnie
    Miranda Mireille Mirella Miriam Mirja Mirjam Mirjana Miroslav Miroslava Mirosław Misaki Mitchell Mogens Mohamad
    Mohamed Mohammad Mohammed Mohan Mohit Moira Mojca Molly Mona Monica Monika Monique Montserrat Morgane Moritz Morris
    Morten Moses Moussa Muhammad Mukesh Murat Muriel Murilo Mustafa Mustapha Mykola Myra Myriam Myrtle Márcia Márcio
    Márk Márta Márton Mátyás Máté Mélanie Mélissa Mónika Nabil Nadezhda Nadia Nadine Nadège Nancy Nandini Nanna Naoko
    Naomi Naresh Nasser Natalia Natalie Natasha Nataša Nathalie Nathan Nathanaël Nathaniel Naveen Nebojša Neeraj Neha
    Neil Nellie Nelly Nemanja Nenad Nerea Nettie Ngozi Nicholas Nick Nicola Nicolai Nicolas Nicole Nicoletta Nicolás
    Nicolò Niels Nienke Nigel Niina Nikhil Nikita Nikki Niklas Niko Nikola Nikolai Nikolaus Nikolett Nikos Nils Nina
    Nisha Nishant Nitin Nkechi Nnamdi Noah Nobuko Noel Noelia Nora Norbert Noreen Noriko Norma Norman Nour Noura Noémi
    Noémie Noël Nuno Nunzia Nuria Nándor Nélida Obinna Octavio Océane Odette Odile Oksana Olaf Oldřich Ole Oleg Olegario
    Oleksandr Olena Olesya Olga Oliver Olivia Olivier Oliwia Olli Ollie Olof Olumide Oluwaseun Omar Ondřej Orazio Orhan
    Oriol Ornella Orsolya Orville Osamu Oscar Oskar Osman Osvaldo Oswald Otis Ottavia Ottavio Ottilie Ottmar Otto Ottó
    Otávio Ousmane Outi Ove Owen Ozan Oğuz Paavo Pablo Pallavi Palle Paloma Pamela Panagiota Panagiotis Pankaj Paolo
    Paraskevi Pascal Pascale Pascual Pasi Pasquale Patrice Patricia Patricio Patrick Patrik Patrizia Patryk Patsy Patti
    Paul Paula Paulette Paulina Pauline Paulino Paulo Pavel Pavla Pavlo Pavlína Paweł Pedro Peggy Pekka Penelope Pentti
    Percy Perla Pernille Perrine Perry Petar Pete Peter Petr Petra Petri Petros Petter Philibert Philip Philipp Philippe
    Philippine Phillip Phoebe Phyllis Pierluigi Pierre Pierrette Pieter Pietro Pilar Piotr Pirjo Pirkko Piroska Pjotr
    Polina Pooja Poonam Prachi Pradeep Prakash Praveen Preben Predrag Preeti Priscilla Priya Przemysław Puja
    Purificación Pyotr Pál Páll Päivi Péter Quentin Quinn Rachael Rachel Radek Radim Radka Radoslav Radosław Rafael
    Rafaela Rafał Raffaele Raffaella Ragnar Ragnheiður Ragnhild Rahul Raija Raimo Raimondo Raimund Raimundo Rainer Raisa
    Raj Rajesh Rajiv Rakesh Ralf Ralph Ramesh Ramiro Ramon Ramona Randal Randall Randi Randy Rania Raphael Raphaël
    Raquel Rashid Rashmi Rasmus Raul Ravi Raymond Raymonde Raúl Rebeca Rebecca Reena Regina Reginald Reidar Reijo Reiko
    Reiner Reinhard Reinhold Rekha Remedios Remy Renan Renata Renate Renato Rene Renske Renzo Renáta René Renée Rhonda
    Ricardo Riccardo Richard Richárd Rick Riikka Rikke Rinaldo Risto Rita Ritu Ritva Robbie Robert Roberta Roberto Robin
    Rocco Rochelle Rocío Roderick Rodney Rodolfo Rodolphe Rodrigo Roel Rogelio Roger Rogério Rohan Rohini Rohit Roksana
    Roland Rolande Rolf Romain Romane Romuald Ronald Ronan Ronda Ronnie Rory Rosa Rosalia Rosalie Rosalind Rosanna
    Rosaria Rosario Roselyne Rosemarie Rosemary Rosie Rosina Rostislav Roswitha Roxanne Roy Ruben Rubén Rudolf Rudolph
    Rudy Rufus Ruggero Runar Rupert Ruslan Russell Ruth Ruud Ryan Ryota Ryszard Régine Régis Réka Rémi Rémy Róbert Rózsa
    Rúben Rüdiger Růžena Saara Sabine Sabrina Sachin Sadie Salim Sally Salma Salman Salomé Salvatore Sam Samantha Sami
    Samir Samira Sammy Samuel Samuele Sandeep Sander Sandra Sandrine Sangeeta Sanjay Sanna Sanne Saoirse Sara Sarah
    Sarita Saskia Satish Satoshi Satu Saturnino Saul Saverio Saša Scott Sean Sebastian Sebastián Seda Seema Seija Selin
    Selma Semyon Seojun Seppo Serena Serge Sergei Sergey Sergio Serhiy Serkan Seth Severin Severino Sevgi Shalini Shane
    Shankar Shannon Shari Sharon Shaun Shawn Sheila Shelia Shelley Shelly Sheri Sherman Sherri Sherry Sheryl Shigeru
    Shilpa Shinji Shirin Shirley Shota Shreya Shruti Shyam Sibel Sibylle Siddharth Sidney Sidonie Siegfried Sieglinde
    Signe Sigrid Sigríður Sigurd Sigurður Silke Silvana Silvia Silvio Simon Simona Simone Simonetta Sinan Siobhan Sipho
    Sirpa Sissel Sizwe Sjaak Sjoerd Slavko Slobodan Smita Sneha Snežana Sofia Sofie Sofía Solange Soledad Solveig Solène
    Sonal Sonia Sonja Sonya Soojin Sophia Sophie Sotiris Spencer Spyros Srinivas Srđan Stacey Stacy Stan Stanislav
    Stanisław Stanley Stavros Stefan Stefania Stefanie Stefano Steffen Stelios Stella Sten Stepan Stephanie Stephen
    Stevan Steve Steven Stian Stina Stojan Stuart Sture Stéphane Stéphanie Subhash Sudha Sudhir Sujata Sumit Sunil
    Sunita Sunniva Suresh Surya Susan Susana Susanna Susanne Sushil Sushma Susie Suvi Suzanna Suzanne Suzette Svatopluk
    Svein Sveinn Sven Svetlana Swantje Swati Sybil Sylvain Sylvester Sylvia Sylvie Sylwia Synnøve Szabolcs Szilvia
    Szilárd Szymon Sándor Sára Sébastien Sérgio Séverine Sílvia Sónia Sönke Søren Sławomir Tabitha Tadej Tadeusz Tage
    Taina Takahiro Takashi Takeshi Tamara Tami Tammy Tamsin Tamás Tania Tanja Tanvi Tanya Tapio Tara Taras Tarek Tarik
    Tariq Tarja Tasha Tatiana Tatiane Tatjana Tatsuya Tatyana Teemu Tendai Teodor Teodoro Terence Teresa Tereza Terje
    Tero Terrance Terrell Terri Terry Tetsuya Thanasis Thandiwe Thaís Thelma Themba Theodore Theodoros Theresa Thiago
    Thibault Thierry Thijs Thilo Thomas Thora Thorsten Théo Théodore Théophile Thérèse Tiago Tibor Tiffany Tihomir Tiina
    Tim Timofey Timothy Timur Tina Tineke Tiphaine Tiziana Tiziano Tobias Toby Todd Tolga Tom Tomasz Tommaso Tommi Tommy
    Tomoko Tomás Tomáš Toni Tony Tonya Torben Torbjörn Tore Torgeir Torsten Torunn Toshio Tove Tracey Traci Tracie Tracy
    Travis Trevor Tricia Trina Trine Tristan Troels Trond Trudy Trygve Tuija Tullio Tuncay Tunde Tuomas Tuomo Turid
    Tuula Tuğba Tyler Tímea Tünde Ubaldo Uday Ulf Ulises Ulla Ulrich Ulrik Ulrike Uma Umberto Umut Unni Unnur Urho Uroš
    Ursel Ursula Urszula Usha Uwe Vadim Valentin Valentina Valentyna Valeria Valerie Valerio Valery Valère Valérie
    Vandana Vanessa Varun Varvara Vasiliki Vasilis Vasily Vasyl Veerle Vegard Veijo Venkat Vera Vernon Veronica Veronika
    Vesa Vesna Viacheslav Vibeke Vicenta Vicente Vicki Vickie Vicky Victor Vidar Vidya Vigdis Vijay Vikram Viktor
    Viktoria Viktoriya Viktória Vilma Vilmos Vinay Vince Vincent Vincenza Vincenzo Vinod Vinícius Viola Violaine Violeta
    Virgil Virgilio Virginie Virpi Vishal Vitaly Vito Vitor Vittoria Vittorio Vivek Vivian Viviana Viviane Vivien
    Vivienne Vladan Vladimir Vladimíra Vladislav Vlasta Vojtěch Volkan Volker Volodymyr Vyacheslav Václav Víctor Vítor
    Věra Wacław Waldemar Waleed Walid Wallace Walter Walther Waltraud Wanda Wanjiru Warren Wayne Wenche Wendell Wendy
    Werner Weronika Wesley Wessel Wiebke Wiesław Wiktor Wiktoria Wilbert Wilbur Wilfred Wilfried Wilhelm Willard Willem
    Willemijn William Willie Wilma Winfried Winifred Winston Witold Wojciech Wolfgang Wolfram Woodrow Wouter Włodzimierz
    Xander Xavier Xiaoming Xiaoyu Ximena Yan Yann Yannick Yannis Yaroslav Yash Yasmin Yasmine Yasser Yasuhiro Yasuko
    Yegor Yekaterina Yelena Yevgeny Yiannis Yngve Yoichi Yoko Yolanda Yolande Yosef Yoshiko Yousef Youssef Yuka Yuki
    Yukiko Yulia Yumi Yuri Yusuf Yusuke Yuto Yvan Yves Yvette Yvonne Zacharie Zachary Zack Zainab Zak Zanele Zara
    Zbigniew Zbyněk Zdeněk Zdeňka Zdzisław Zehra Zelda Zenon Zeynep Zinaida Zita Zoe Zofia Zoltán Zoran Zorica Zoé
    Zsigmond Zsolt Zsuzsanna Zsófia Zuzana Zuzanna Ádám Ágnes Álvaro Árpád Åsa Åse Édith Édouard Éliane Élodie Éloïse
    Éléonore Émeline Émile Éric Étienne Ólafur Ömer Özgür Özlem Øystein Øyvind Þorsteinn Þórdís İbrahim Łukasz Şebnem
    Štěpán Štěpánka Šárka Željka Željko
"""
FIRST_NAMES = frozenset(_LISTED.split())
"""Frequent ones of many countries that are hardly ever anything else in English: no `Grace`, `Mark` or `Will`."""
